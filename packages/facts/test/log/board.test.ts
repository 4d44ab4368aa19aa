import { expect, test } from "vitest";
import { type Envelope, readEnvelope } from "../../src/envelope.ts";
import { signPayload, type Signer } from "../../src/fact.ts";
import { readBoard } from "../../src/log/board.ts";
import { POST_SIZE_MAX } from "../../src/log/limits.ts";
import { alpha, beta, gamma } from "../records.ts";
import { proposal, stranger } from "./checkpoint-scene.ts";

const grounds = { cluster: "demo", log: "main", signers: [alpha, beta, gamma] };
/** A proposal as a signer posts it. */
const post = (octets: Uint8Array, ...keys: readonly Signer[]): Buffer =>
  signPayload((readEnvelope(octets) as Envelope).payload, keys);
/** A board in short: epochs of proposals, and who has signed each. */
const read = (...posts: readonly (readonly [Signer, Uint8Array])[]): unknown =>
  readBoard(new Map(posts.map(([{ keyId }, octets]) => [keyId, octets])), grounds).map(({ fact, keyIds }) => [
    fact.epoch,
    grounds.signers.filter(({ keyId }) => keyIds.includes(keyId)).map(({ name }) => name),
  ]);

test("posts of one proposal are put together, and the one that most have signed comes first", () => {
  const posts = [
    [alpha, post(proposal(5, 1), alpha)],
    [beta, post(proposal(6, 2), beta)],
    [gamma, post(proposal(5, 1), gamma)],
  ] as const;
  expect(read(...posts)).toEqual([
    [1, ["alpha", "gamma"]],
    [2, ["beta"]],
  ]);
  const [whole] = readBoard(new Map(posts.map(([{ keyId }, octets]) => [keyId, octets])), grounds);
  expect(Buffer.from(whole!.record).equals(post(proposal(5, 1), alpha, gamma))).toBe(true);
});

test("a post is its signer's own: signatures of others in it count for nothing", () => {
  expect(read([alpha, post(proposal(5, 1), alpha, beta, gamma)])).toEqual([[1, ["alpha"]]]);
  expect(read([alpha, post(proposal(5, 1), beta)])).toEqual([]);
  expect(read([stranger, post(proposal(5, 1), stranger)])).toEqual([]);
});

test("garbage, what is huge, another log's, and a wrong signature are passed over", () => {
  const good = post(proposal(5, 1), alpha);
  const wrong = Buffer.from(good);
  wrong[wrong.length - 1]! ^= 1;
  const others = [
    Buffer.alloc(0),
    Buffer.from("garbage"),
    Buffer.alloc(POST_SIZE_MAX + 1, 1),
    good.subarray(0, -1),
    wrong,
    post(proposal(5, 1, { log: "next" }), alpha),
    post(proposal(5, 1, { cluster: "other" }), alpha),
    proposal(5, 1),
  ];
  for (const octets of others)
    expect(read([alpha, octets], [beta, post(proposal(6, 2), beta)])).toEqual([[2, ["beta"]]]);
});
