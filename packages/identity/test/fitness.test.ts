import { expect, test } from "vitest";
import { type Clocks, findEnd, findRevocation, findUnfitness, Revocations, Term } from "../src/index.ts";
import { now } from "./certificates.ts";

const second = 1000;
const later = (ms: number): Date => new Date(now.getTime() + ms);
const revocations = new Revocations({ isRequired: false, graceMs: 0 });
revocations.put({
  issuer: "ca",
  issuerName: "CN=ca",
  number: 1n,
  thisUpdate: now,
  nextUpdate: later(second),
  serials: new Set(["bad", "worse"]),
  der: new Uint8Array(),
});

/** A proof that is good for one second, and then for a second of grace. */
const proof = (...serials: readonly string[]) => ({
  certificates: serials.map((serial) => ({ issuer: "ca", serial })),
  term: new Term(later(second), second, { wall: now, monotonic: 0 }),
  keyHash: "mine",
});
const lasting = (...serials: readonly string[]) => ({
  ...proof(...serials),
  term: new Term(later(1e9), second, { wall: now, monotonic: 0 }),
});
const clocks = (ms: number): Clocks => ({ wall: later(ms), monotonic: ms });
const ended = `certificate has ended at ${later(second).toISOString()}`;

test.each([
  ["both are good", lasting("a"), lasting("b"), 5 * second, undefined],
  [
    "an intermediate CA of the peer is revoked",
    lasting("a"),
    lasting("b", "bad"),
    0,
    "the other end's certificate with serial bad is revoked",
  ],
  ["our own is revoked", lasting("bad"), lasting("b"), 0, "our certificate with serial bad is revoked"],
  [
    "our own is revoked, and there is no peer yet",
    lasting("bad"),
    undefined,
    0,
    "our certificate with serial bad is revoked",
  ],
  ["both are revoked", lasting("worse"), lasting("bad"), 0, "the other end's certificate with serial bad is revoked"],
  ["the peer's has ended, within its grace", lasting("a"), proof("b"), 2 * second - 1, undefined],
  ["the peer's has ended", lasting("a"), proof("b"), 2 * second, `the other end's ${ended}`],
  ["our own has ended", proof("a"), lasting("b"), 2 * second, `our ${ended}`],
  ["both have ended", proof("a"), proof("b"), 2 * second, `the other end's ${ended}`],
  [
    "the peer's has ended, and our own is revoked",
    lasting("bad"),
    proof("b"),
    2 * second,
    "our certificate with serial bad is revoked",
  ],
])("%s", (_, own, peer, ms, text) => {
  const unfit = findUnfitness({ own, peer }, revocations, clocks(ms));
  expect(unfit?.text).toBe(text);
  if (unfit === undefined) return;
  expect(unfit.isOwn).toBe(unfit.text.startsWith("our"));
  expect(unfit.why).toBe(unfit.text.endsWith("is revoked") ? "revoked" : "ended");
});

const others: ReadonlySet<string> = new Set(["theirs"]);
test.each([
  ["is pinned beside another", lasting("b"), new Set([...others, "mine"]), 0, undefined],
  [
    "is not pinned",
    lasting("b"),
    others,
    0,
    ["wrongKey", "the other end's key mine is none of the pinned keys of this principal"],
  ],
  [
    "is not pinned, as none is",
    lasting("b"),
    new Set<string>(),
    0,
    ["wrongKey", "the other end's key mine is refused: this principal has no pinned key at all"],
  ],
  [
    "is not pinned, and its certificate has ended",
    proof("b"),
    others,
    2 * second,
    ["wrongKey", /^the other end's key mine/],
  ],
  ["is not pinned, and its certificate is revoked", lasting("bad"), others, 0, ["revoked", /bad is revoked$/]],
  ["does not count before the peer has proven it", undefined, others, 0, undefined],
] as const)("the key of the peer %s", (_, peer, pinned, ms, found) => {
  const unfit = findUnfitness({ own: lasting("a"), peer }, revocations, clocks(ms), pinned);
  expect(unfit).toEqual(found && { why: found[0], isOwn: false, text: expect.stringMatching(found[1]) });
});

test("revocation and end are asked about apart, too", () => {
  const proofs = { own: proof("a"), peer: lasting("b", "bad") };
  expect(findRevocation(proofs, revocations)).toMatchObject({ why: "revoked", isOwn: false });
  expect(findEnd(proofs, clocks(0))).toBeUndefined();
  expect(findEnd(proofs, clocks(2 * second))).toMatchObject({ why: "ended", isOwn: true });
  expect(findRevocation({ own: proof("a") }, revocations)).toBeUndefined();
});
