/** The outcomes of judging a peer, as protocols tell them apart. */
import { expect, test } from "vitest";
import { issueIdentity, judgePeer, makeAuthority, readCertificatePem, Revocations } from "../src/index.ts";

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
