import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type CertificateAuthority,
  createCa,
  inspectPath,
  makeIntermediate,
  makeInvitation,
  openCa,
  readCaStatus,
} from "../src/authority/index.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { checkRevocationLists, readCertificatePem, Revocations } from "../src/index.ts";
import { verifyPeer } from "../src/peer.ts";

let folder: string;
let root: CertificateAuthority;
let issuer: CertificateAuthority;
const place = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "intermediate-"));
  root = createCa(place("ca"), { cluster: "demo" });
  issuer = root.makeIntermediate(place("issuer"), { days: 30 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function judge(identity: string): string {
  const { certificateChainPem: chain, trustBundlePem } = loadCredentials(place(identity));
  const expected = { trustBundlePem, cluster: "demo", kinds: ["vertex", "user", "service"] } as const;
  return verifyPeer(readCertificatePem(chain), expected, new Date()).principal.name;
}

test("an intermediate CA issues folders whose chains lead to the root, which nodes trust alone", () => {
  const issued = openCa(place("issuer")).issueInto(place("a"), { kind: "vertex", name: "a" });
  expect(judge("a")).toBe("a");
  expect(readFileSync(join(place("a"), "trust.pem"), "utf8")).toBe(readFileSync(join(place("ca"), "ca.pem"), "utf8"));
  expect(issued.isShortened).toBe(true);
  expect(issued.notAfter).toEqual(issuer.authority.notAfter);
  expect(inspectPath(place("a")).problems).toEqual([]);
  expect(inspectPath(place("issuer")).problems).toEqual([]);
  const chain = join(place("a"), "chain.pem");
  const verify = ["verify", "-x509_strict", "-CAfile", join(place("ca"), "ca.pem"), "-untrusted", chain, chain];
  expect(execFileSync("openssl", verify, { encoding: "utf8" })).toContain("OK");
});

test("the root's record has it, and the root revokes it with all that it has issued", () => {
  issuer.issueInto(place("b"), { kind: "user", name: "b" });
  const [recorded] = [...readCaStatus(place("ca")).record.certificates.values()];
  expect(recorded).toMatchObject({ principal: "spiffe://demo", fingerprint: issuer.authority.fingerprint });
  const revocations = listsInForce(root.revoke([{ serial: recorded!.serial }]).list.pem);
  expect(() => revocations.check(loadCredentials(place("b")).certificates, new Date())).toThrow(/is revoked/);
});

test("its own list names what it has issued, and nodes that have met no chain of it take the list", () => {
  issuer.issueInto(place("carol"), { kind: "user", name: "carol" });
  root.issueInto(place("other"), { kind: "user", name: "other" });
  const { list } = issuer.revoke([{ principal: { cluster: "demo", kind: "user", name: "carol" } }]);
  const revocations = listsInForce(list.pem);
  expect(() => revocations.check(loadCredentials(place("carol")).certificates, new Date())).toThrow(/is revoked/);
  revocations.check(loadCredentials(place("b")).certificates, new Date());
  expect(readCaStatus(place("issuer")).isListThere).toBe(true);
  // The next list goes on from it, and new folders get it with what its judging needs.
  expect(issuer.makeRevocationList().number).toBe(2);
  issuer.issueInto(place("dave"), { kind: "user", name: "dave" });
  expect(inspectPath(place("dave")).problems).toEqual([]);
});

test("it makes no further CA and no bundles, and its folder needs the way to the root", () => {
  const refused = expect.objectContaining({ code: "ERR_IDENTITY_CA_INTERMEDIATE" });
  expect(() => makeIntermediate(issuer.authority, {}, new Date())).toThrow(refused);
  expect(() => makeInvitation(issuer, { kind: "user", name: "erin" })).toThrow(refused);
  expect(
    [...readCaStatus(place("issuer")).record.certificates.values()].map(({ principal }) => principal),
  ).not.toContain("spiffe://demo/user/erin");
  writeFileSync(join(place("issuer"), "ca.pem"), issuer.authority.certificatePem);
  expect(() => openCa(place("issuer"))).toThrow(expect.objectContaining({ code: "ERR_IDENTITY_ISSUER_NOT_CA" }));
});

/** The lists of a text, as a node takes them that trusts the root alone. */
function listsInForce(pem: string): Revocations {
  const node = loadCredentials(place("other-node-of-root"), {}, new Date());
  const revocations = new Revocations({ isRequired: false, graceMs: 0 });
  for (const list of checkRevocationLists(pem, node, new Date())) revocations.put(list);
  return revocations;
}

beforeAll(() => void root.issueInto(place("other-node-of-root"), { kind: "vertex", name: "z" }));
