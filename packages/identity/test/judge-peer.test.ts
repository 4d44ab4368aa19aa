/** The outcomes of judging a peer, as protocols tell them apart. */
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkCredentials, judgePeer, readCertificatePem, refusalCodeOf, Revocations } from "../src/index.ts";
import { certifyKey } from "../src/authority/ca/authority.ts";
import { issueIdentity, makeAuthority } from "../src/authority/index.ts";

const now = new Date();
const dayMs = 86_400_000;
const authority = makeAuthority({ cluster: "demo" }, now);
const bob = issueIdentity(authority, { kind: "vertex", name: "bob", days: 1 }, now);
const chain = readCertificatePem(bob.certificateChainPem);
const stranger = readCertificatePem(
  issueIdentity(makeAuthority({ cluster: "demo" }, now), { kind: "vertex", name: "bob" }, now).certificateChainPem,
);
const expected = { trustBundlePem: authority.certificatePem, cluster: "demo", kinds: ["vertex"] as const };
const clocks = (ms: number) => ({ wall: new Date(now.getTime() + ms), monotonic: ms });

function listsOf(lastsMs: number, ...serials: readonly string[]): Revocations {
  const revocations = new Revocations({ isRequired: true, graceMs: 0 });
  const { issuer } = bob.certificates[0]!;
  const nextUpdate = new Date(now.getTime() + lastsMs);
  const list = { issuer, issuerName: "CN=demo", number: 1n, thisUpdate: now, nextUpdate, serials: new Set(serials) };
  revocations.put({ ...list, der: new Uint8Array() });
  return revocations;
}
const good = listsOf(10 * dayMs);
const none = new Revocations({ isRequired: true, graceMs: 0 });

test.each([
  ["wrongCluster", chain, { ...expected, cluster: "other" }, good, 0, /^cluster|expected/],
  ["wrongKind", chain, { ...expected, kinds: ["user"] as const }, good, 0, /expected a user, this is vertex\/bob/],
  ["wrongName", chain, { ...expected, name: "carol" }, good, 0, /bob/],
  ["certificateRefused", stranger, expected, good, 0, /./],
  ["certificateRefused", [], expected, good, 0, /./],
  ["certificateRefused", chain, expected, good, 2 * dayMs, /./],
  ["revoked", chain, expected, listsOf(dayMs, bob.serial), 0, /^vertex\/bob: .* is revoked by list 1/],
  ["revocationUnknown", chain, expected, none, 0, /^vertex\/bob: there is no revocation list/],
  ["revocationUnknown", chain, expected, listsOf(-1), 0, /^vertex\/bob: list 1 .* ended/],
] as const)("%s", (why, shown, wanted, revocations, ms, text) => {
  const judged = judgePeer(shown, wanted, { revocations, expiryGraceMs: 0 }, clocks(ms));
  expect(judged).toMatchObject({
    why,
    text: expect.stringMatching(text),
    code: expect.stringMatching(/^ERR_IDENTITY/),
  });
});

test("a peer whose chain is in order is proven until its certificates end, and for the grace", () => {
  const judged = judgePeer(chain, expected, { revocations: good, expiryGraceMs: 1000 }, clocks(0));
  if ("why" in judged) throw new Error(judged.text);
  expect(judged).toMatchObject({ principal: { kind: "vertex", name: "bob" }, certificates: bob.certificates });
  const end = bob.notAfter.getTime() - now.getTime();
  expect(judged.term.isOver(clocks(end + 999))).toBe(false);
  expect(judged.term.isOver(clocks(end + 2000))).toBe(true);
});

test.each([
  ["UNTRUSTED", stranger, expected, good, 0],
  ["WRONG_CLUSTER", chain, { ...expected, cluster: "other" }, good, 0],
  ["WRONG_KIND", chain, { ...expected, kinds: ["user"] as const }, good, 0],
  ["WRONG_NAME", chain, { ...expected, name: "carol" }, good, 0],
  ["REVOKED", chain, expected, listsOf(dayMs, bob.serial), 0],
  ["REVOCATION_UNKNOWN", chain, expected, none, 0],
  ["CERTIFICATE_REFUSED", chain, expected, good, 2 * dayMs],
  ["CERTIFICATE_REFUSED", [Uint8Array.of(0x30)], expected, good, 0],
] as const)("links tell a refusal as %s", (code, shown, wanted, revocations, ms) => {
  const judged = judgePeer(shown, wanted, { revocations, expiryGraceMs: 0 }, clocks(ms));
  expect("why" in judged && refusalCodeOf(judged)).toBe(code);
});

test.each([
  ["after its certificates have ended", good, 2 * dayMs],
  ["before they begin", good, -dayMs],
  ["without a list, where lists are required", none, 0],
  ["by a list that has ended", listsOf(-1), 0],
] as const)("a peer with which something is open stays proven %s", (_, revocations, ms) => {
  const judged = judgePeer(chain, expected, { revocations, expiryGraceMs: 0 }, clocks(ms), { isOpen: true });
  expect(judged).toMatchObject({ principal: { name: "bob" }, term: { until: bob.notAfter } });
});

test.each([
  ["revoked", chain, expected, listsOf(-1, bob.serial), "REVOKED"],
  ["of a root that is trusted no more", stranger, expected, good, "UNTRUSTED"],
  ["another one than it has to be", chain, { ...expected, name: "carol" }, good, "WRONG_NAME"],
] as const)("a peer with which something is open is refused when it is %s", (_, shown, wanted, revocations, code) => {
  const judged = judgePeer(shown, wanted, { revocations, expiryGraceMs: 0 }, clocks(2 * dayMs), { isOpen: true });
  expect("why" in judged && refusalCodeOf(judged)).toBe(code);
});

describe("pins", () => {
  const carol = issueIdentity(authority, { kind: "vertex", name: "carol" }, now);
  /** The CA has been taken: another key, of the right name. */
  const thief = issueIdentity(authority, { kind: "vertex", name: "bob", algorithm: "ed25519" }, now);
  const judge = (shown: typeof bob, pins?: ReadonlyMap<string, ReadonlySet<string>>, isOpen = false) => {
    const rules = { revocations: good, expiryGraceMs: 0, pins };
    return judgePeer(readCertificatePem(shown.certificateChainPem), expected, rules, clocks(0), { isOpen });
  };
  const pinsOf = (...keys: readonly string[]) => new Map([["vertex/bob", new Set(keys)]]);

  test("name keys as any other program does", () => {
    const [leaf] = chain;
    const { publicKey } = new X509Certificate(leaf!);
    const hash = createHash("sha256")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex");
    expect(judge(bob)).toMatchObject({ keyHash: hash });
    const { certificateChainPem, trustBundlePem, privateKeyPem, keyHash } = bob;
    const pem = { key: privateKeyPem, chain: certificateChainPem, trust: trustBundlePem };
    expect([keyHash, checkCredentials(pem, {}, now).keyHash]).toEqual([hash, hash]);
  });

  test.each([
    ["no pins at all", bob, undefined, true],
    ["no entry for it", carol, pinsOf(bob.keyHash), true],
    ["its key", bob, pinsOf(bob.keyHash), true],
    ["its key and others", bob, pinsOf(carol.keyHash, bob.keyHash), true],
    ["another key", thief, pinsOf(bob.keyHash), false],
    ["an empty entry", bob, pinsOf(), false],
    ["its key in capitals", bob, pinsOf(bob.keyHash.toUpperCase()), false],
    ["its key for a user of its name", thief, new Map([["user/bob", new Set([bob.keyHash])]]), true],
  ] as const)("with %s", (_, shown, pins, isLetIn) => {
    for (const isOpen of [false, true]) {
      const judged = judge(shown, pins, isOpen);
      expect("why" in judged).toBe(!isLetIn);
      if (!("why" in judged)) continue;
      expect(judged).toMatchObject({ why: "wrongKey", code: "ERR_IDENTITY_WRONG_KEY" });
      expect(judged.text).toMatch(new RegExp(`^vertex/bob: key ${shown.keyHash} is `));
      expect(refusalCodeOf(judged)).toBe("WRONG_KEY");
    }
  });

  test("outlive a renewal with the same key, and no other one", () => {
    const { publicKey } = new X509Certificate(chain[0]!);
    const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
    const renewed = certifyKey(authority, { kind: "vertex", name: "bob", publicKeyInfo }, now);
    expect(renewed.serial).not.toBe(bob.serial);
    expect(judge({ ...bob, ...renewed }, pinsOf(bob.keyHash))).toMatchObject({ keyHash: bob.keyHash });
    const anew = issueIdentity(authority, { kind: "vertex", name: "bob" }, now);
    expect(judge(anew, pinsOf(bob.keyHash))).toMatchObject({ why: "wrongKey" });
  });

  test("never let in whom certificates and lists do not", () => {
    const wrong = pinsOf(thief.keyHash);
    const judgeBy = (shown: readonly Uint8Array[], revocations: Revocations) =>
      judgePeer(shown, expected, { revocations, expiryGraceMs: 0, pins: wrong }, clocks(0));
    expect(judgeBy(stranger, good)).toMatchObject({ why: "certificateRefused" });
    expect(judgeBy(chain, listsOf(dayMs, bob.serial))).toMatchObject({ why: "revoked" });
    expect(judgeBy(chain, none)).toMatchObject({ why: "revocationUnknown" });
  });

  test("let exactly those in who show a key of their entry, or have none", () => {
    const peers = [bob, carol, thief];
    const keys = [...peers.map(({ keyHash }) => keyHash), "00".repeat(32)];
    const entries = fc.uniqueArray(
      fc.tuple(fc.constantFrom("vertex/bob", "vertex/carol", "user/bob", "bob"), fc.subarray(keys)),
      { selector: ([principal]) => principal },
    );
    fc.assert(
      fc.property(entries, fc.constantFrom(...peers), fc.boolean(), (pinned, shown, isOpen) => {
        const pins = new Map(pinned.map(([principal, hashes]) => [principal, new Set(hashes)]));
        const entry = pinned.find(([principal]) => principal === `vertex/${shown.principal.name}`);
        const judged = judge(shown, pins, isOpen);
        expect("why" in judged).toBe(entry !== undefined && !entry[1].includes(shown.keyHash));
      }),
      { numRuns: runs(500, 50) },
    );
  });
});
