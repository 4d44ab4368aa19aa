import { readFileSync } from "node:fs";
import { altered, FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { bodyOf, readFact } from "../../src/fact.ts";
import { ADMITTED_MS, admittedNode, isAdmittedBy } from "../../src/joins/admitted-node.ts";
import {
  isJoinSigned,
  JOIN_SIZE_MAX,
  joinSizeOf,
  readJoin,
  readJoinText,
  writeJoin,
  writeJoinPayload,
  writeJoinText,
} from "../../src/joins/join.ts";
import { readJoinAnswer, writeJoinAnswer } from "../../src/joins/join-answer.ts";
import { JOIN_REASONS } from "../../src/joins/join-reasons.ts";
import { judgeJoin } from "../../src/joins/judge-join.ts";
import { isTokenText, makeToken, readToken } from "../../src/joins/token.ts";
import { isSignedBy } from "../../src/keys.ts";
import { factOf, heldOf } from "../held.ts";
import { DAY, gamma, NOW, token as tokenRecord } from "../records.ts";
import { answers, join, joinCases, joinVectorsFile, joinVectorsText, sevens, wrongTokens } from "./joins.ts";

type Names = Readonly<Record<string, string>>;

const judged = (
  octets: Uint8Array,
  held = [tokenRecord()],
  now = NOW,
  admitted: Names = {},
  others: Names = {},
): ReturnType<typeof judgeJoin> =>
  judgeJoin(octets, {
    cluster: "demo",
    held: {
      ...heldOf(held),
      rolesOf: (node) => held.map(factOf).filter(({ subject }) => subject.startsWith(`${node}/`)),
    },
    now,
    admittedBy: () => new Map(Object.entries(admitted)),
    isHost: (node) =>
      held.some((octets) => bodyOf(factOf(octets), "service")?.hosts.some((host) => host.node === node)),
    isGivenToOther: (node, key) => others[node] !== undefined && others[node] !== key,
  });

test("the published vectors are those cases", () => {
  expect(readFileSync(joinVectorsFile, "utf8")).toBe(joinVectorsText());
});

test.each(joinCases)("$outcome: $name", ({ join: octets, held, now, admitted, others, outcome }) => {
  const found = judged(octets, [...held] as Buffer[], now, admitted, others);
  expect(found.outcome === "refused" ? found.reason : found.outcome).toBe(outcome);
});

test("each reason has a case, and a sentence; the last four are those of the node that is asked", () => {
  const found = new Set<string>(joinCases.map(({ outcome }) => outcome));
  expect(Object.keys(JOIN_REASONS).filter((reason) => !found.has(reason))).toEqual([
    "no-rule",
    "quota",
    "busy",
    "no-answer",
  ]);
});

test("a token is read as it was made, and signs; each is another one", () => {
  const token = makeToken();
  expect(readToken(`  ${token.text}\n`)).toMatchObject({ key: token.key, keyId: token.keyId, text: token.text });
  expect(token.text).toMatch(/^flor-token-[\w-]{48}$/);
  expect(isSignedBy(token.key, Buffer.from("x"), token.sign(Buffer.from("x")))).toBe(true);
  expect(makeToken().text).not.toBe(token.text);
  expect(isTokenText(token.text)).toBe(true);
});

test.each(Object.entries(wrongTokens))("no token: %s", (_, text) => expect(readToken(text)).toBeUndefined());

test("a join is read as it was written, also from text, and has no secret", () => {
  const octets = join({}, gamma, sevens);
  const read = readJoin(octets)!;
  expect(read).toMatchObject({ cluster: "demo", node: "gamma", key: gamma.key, token: sevens.key });
  expect([writeJoin(read).equals(octets), isJoinSigned(read)]).toEqual([true, true]);
  expect(readJoinText(writeJoinText(octets))).toEqual(octets);
  const seed = Buffer.alloc(32, 7);
  for (const secret of [seed.toString("latin1"), seed.toString("hex"), seed.toString("base64"), sevens.text])
    expect(octets.toString("latin1")).not.toContain(secret);
});

test("a join of the longest names is no larger than there is room for", () => {
  const name = "x".repeat(63);
  expect(join({ cluster: name, node: name }).length).toBeLessThanOrEqual(JOIN_SIZE_MAX);
  expect(() => writeJoinPayload({ cluster: "", node: "a", key: gamma.key, token: sevens.key, time: 0 })).toThrow(
    RangeError,
  );
});

test("a join in front of other octets says where it ends", () => {
  expect(joinSizeOf(Buffer.concat([join(), Buffer.alloc(64)]))).toBe(join().length);
  expect([joinSizeOf(Buffer.alloc(0)), joinSizeOf(join().subarray(0, 100))]).toEqual([undefined, undefined]);
});

test("the record of a node follows from the token's record, and from name and key alone", () => {
  const record = factOf(tokenRecord());
  const octets = admittedNode(record, { node: "gamma", key: gamma.key });
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  const { issued } = record;
  expect(fact).toMatchObject({
    subject: "gamma",
    epoch: issued,
    issued,
    expires: issued + ADMITTED_MS,
    body: { key: gamma.key, organization: "acme", partition: "north", "trust-tier": 0 },
  });
  expect(isAdmittedBy(record, fact)).toBe(true);
  expect(isAdmittedBy(record, factOf(tokenRecord({ epoch: 7, issued: issued - DAY })))).toBe(false);
  // The time of the join is not in it.
  expect(admittedNode(record, readJoin(join({ time: NOW }))!)).toEqual(octets);
});

test.each(answers)("an answer is read, or is none: $name", ({ name, octets }) => {
  const read = readJoinAnswer(octets);
  const isOne = ["joined", "one of two programs has signed", "refused", "refused by a budget"].includes(name);
  expect(read === undefined ? undefined : writeJoinAnswer(read)).toEqual(isOne ? octets : undefined);
});

test("whatever is changed in an answer, it is one in its one form, or none", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(2_000, (random) => {
    const octets = altered(random, random.pick(answers).octets, () =>
      Buffer.from(random.pick(["name", "\u0000", "busy", "quota nodes 1 1 0", "9", " "])),
    );
    const read = readJoinAnswer(octets);
    if (read !== undefined) expect(writeJoinAnswer(read).equals(octets)).toBe(true);
  });
});

test("whatever is changed in a join, it lets nobody in", { timeout: FUZZ_TIMEOUT_MS }, () => {
  const good = join();
  fuzz(2_000, (random) => {
    const octets = altered(random, good, () => Buffer.from(random.pick(["{", '"', "\\u0000", "1", "gamma", "demo"])));
    const found = judged(octets);
    if (octets.equals(good)) return;
    expect(found).toMatchObject({ outcome: "refused" });
    if (found.outcome === "refused") expect(JOIN_REASONS).toHaveProperty([found.reason]);
  });
});
