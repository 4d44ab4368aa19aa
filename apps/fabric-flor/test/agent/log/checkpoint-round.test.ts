import { type Envelope, readEnvelope, signPayload } from "@florenetes/facts";
import { CHECKPOINT_MS, digestOfSection, type SectionDigest } from "@florenetes/facts/log";
import { expect, test } from "vitest";
import { CheckpointRound, type SigningView } from "../../../src/agent/log/checkpoint-round.ts";
import { PROPOSAL_MS, RETRY_MS } from "../../../src/agent/limits.ts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const [a, b, c, stranger] = ["a", "b", "c", "x"].map(newKey) as [TestKey, TestKey, TestKey, TestKey];
const log = { name: "main", signers: [a, b, c] };
const head = { index: 3, hash: "ab".repeat(32) };
const sections: readonly SectionDigest[] = [digestOfSection("entry", [])];
const board = { log, policy: 1, last: undefined, former: undefined, now: NOW };
const view = (changes: Partial<SigningView> = {}): SigningView => {
  return { log, policy: 1, last: undefined, head, sections: () => sections, mayPropose: true, now: NOW, ...changes };
};
const roundOf = (key: TestKey): CheckpointRound => new CheckpointRound("demo", [key.keyId], NOW);

/** The post of a signer that signs whatever it is asked to. */
function posted(round: CheckpointRound, key: TestKey, changes: Partial<SigningView> = {}): Buffer | undefined {
  const order = round.poll(view(changes));
  if (order?.kind !== "sign") return undefined;
  round.handleSigned(order.id, "signed", changes.now ?? NOW);
  return signPayload((readEnvelope(order.proposal) as Envelope).payload, [key]);
}
const posts = (...each: readonly (readonly [TestKey, Buffer])[]): Map<string, Uint8Array> =>
  new Map(each.map(([{ keyId }, octets]) => [keyId, octets]));

test("one signer after the other proposes; a second one signs what the first has, and both signatures are a checkpoint", () => {
  const [first, second] = [roundOf(a), roundOf(b)];
  expect(posted(second, b)).toBe(undefined);
  const proposal = posted(first, a)!;
  expect(second.read(posts([a, proposal]), board)).toBe(undefined);
  const agreed = posted(second, b, { now: NOW + 1_000 })!;
  const whole = first.read(posts([a, proposal], [b, agreed]), board);
  const { signatures } = readEnvelope(whole!) as Envelope;
  expect(signatures.map(({ keyId }) => keyId)).toEqual([a.keyId, b.keyId]);
  // A checkpoint is not made twice, and the next one is not due yet.
  const last = { ...head, issued: NOW, epoch: NOW };
  expect(first.read(posts([a, proposal], [b, agreed]), { ...board, last })).toBe(undefined);
  expect(posted(first, a, { last, now: NOW + PROPOSAL_MS })).toBe(undefined);
});

test("a proposal that few sign is followed by another one, after a minute", () => {
  const round = roundOf(a);
  const proposal = posted(round, a)!;
  round.read(posts([a, proposal]), board);
  expect(posted(round, a, { now: NOW + PROPOSAL_MS - 1 })).toBe(undefined);
  expect(posted(round, a, { now: NOW + PROPOSAL_MS })).not.toBe(undefined);
});

test("a whole proposal is offered once: one that the book refuses is followed by another one, as is one that has expired on the board", () => {
  const round = roundOf(a);
  const proposal = posted(round, a)!;
  const whole = posts([a, proposal], [b, signPayload((readEnvelope(proposal) as Envelope).payload, [b])]);
  const past = NOW + DAY;
  expect(round.read(whole, { ...board, now: past })).toBe(undefined);
  expect(posted(round, a, { now: past })).not.toBe(undefined);

  expect(round.read(whole, { ...board, now: past - 1 })).not.toBe(undefined);
  expect(round.read(whole, { ...board, now: past - 1 })).toBe(undefined);
  expect(posted(round, a, { now: past + PROPOSAL_MS })).not.toBe(undefined);
});

test("an expired proposal of others is not judged", () => {
  const proposal = posted(roundOf(a), a)!;
  const round = roundOf(b);
  round.read(posts([a, proposal]), { ...board, now: NOW + DAY });
  expect(round.poll(view({ now: NOW + DAY, mayPropose: false }))).toBe(undefined);
});

test("a proposal that comes too soon behind a checkpoint is not signed", () => {
  const second = roundOf(b);
  second.read(posts([a, posted(roundOf(a), a)!]), board);
  const at = (issued: number) => view({ last: { ...head, issued, epoch: 1 } });
  expect(second.poll(at(NOW - CHECKPOINT_MS + 1))).toBe(undefined);
  expect(second.poll(at(NOW - CHECKPOINT_MS))).toMatchObject({ kind: "sign" });
});

test("nothing is proposed before all that is held is in the log, of an empty log, or by a node that is no signer", () => {
  expect(posted(roundOf(a), a, { mayPropose: false })).toBe(undefined);
  expect(posted(roundOf(a), a, { head: { index: 0, hash: head.hash } })).toBe(undefined);
  expect(posted(roundOf(stranger), stranger)).toBe(undefined);
});

test("a proposal that cannot be signed now is judged again a little later, and one against the rules never", () => {
  for (const [outcome, isAgain] of [
    ["sections", true],
    ["head", true],
    ["failed", true],
    ["epoch", false],
    ["policy", false],
  ] as const) {
    const proposal = posted(roundOf(a), a)!;
    const round = roundOf(b);
    round.read(posts([a, proposal]), board);
    const order = round.poll(view({ mayPropose: false }));
    if (order?.kind !== "sign") throw new Error("nothing is judged");
    expect(round.poll(view({ mayPropose: false }))).toBe(undefined);
    round.handleSigned(order.id, outcome, NOW);
    expect(round.poll(view({ mayPropose: false, now: NOW + RETRY_MS - 1 }))).toBe(undefined);
    expect(round.poll(view({ mayPropose: false, now: NOW + RETRY_MS }))?.kind).toBe(isAgain ? "sign" : undefined);
  }
});

test("after a change of the signers, more than half of the former ones have to have signed, too", () => {
  const proposal = posted(roundOf(a), a)!;
  const { payload } = readEnvelope(proposal) as Envelope;
  const both = posts([a, proposal], [b, signPayload(payload, [b])]);
  expect(roundOf(a).read(both, { ...board, former: [c, stranger, a] })).toBe(undefined);
  expect(roundOf(a).read(both, { ...board, former: [a, b, stranger] })).not.toBe(undefined);
});

test("whatever stands on the board, a signer is asked to judge one proposal at a time", () => {
  const round = roundOf(c);
  const garbage = [Buffer.alloc(0), Buffer.from("garbage"), Buffer.alloc(1_000_000, 7)];
  for (const octets of garbage) {
    expect(round.read(posts([a, octets], [b, octets], [stranger, posted(roundOf(a), a)!]), board)).toBe(undefined);
    expect(round.poll(view())).toBe(undefined);
  }
});
