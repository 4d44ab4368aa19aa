/** The three kinds of principals, at each function that says whether a peer may be who it says it is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { issueIdentity, makeAuthority } from "../src/authority/ca/authority.ts";
import { readCertificatePem } from "../src/certificates/pem.ts";
import { checkCredentials } from "../src/credentials.ts";
import { HeldIdentity } from "../src/holding/drivers/held-identity.ts";
import { loadCredentials, writeIdentity } from "../src/drivers/identity-folder.ts";
import { verifyPeer } from "../src/peer.ts";
import { checkExpectation } from "../src/principal.ts";
import { PRINCIPAL_KINDS, type PrincipalKind } from "../src/principal.ts";
import { now } from "./certificates.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-kinds-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const authority = makeAuthority({ cluster: "demo" }, now);
const identities = Object.fromEntries(
  PRINCIPAL_KINDS.map((kind) => [kind, issueIdentity(authority, { kind, name: "x" }, now)]),
) as Record<PrincipalKind, ReturnType<typeof issueIdentity>>;
for (const kind of PRINCIPAL_KINDS) writeIdentity(join(base, kind), identities[kind]);

const functions: readonly [string, (shown: PrincipalKind, kinds: readonly PrincipalKind[]) => unknown][] = [
  ["checkExpectation", (shown, kinds) => checkExpectation(identities[shown].principal, { kinds, name: "x" })],
  [
    "verifyPeer",
    (shown, kinds) => {
      const { certificateChainPem, trustBundlePem } = identities[shown];
      return verifyPeer(
        readCertificatePem(certificateChainPem),
        { cluster: "demo", kinds, name: "x", trustBundlePem },
        now,
      );
    },
  ],
  [
    "checkCredentials",
    (shown, kinds) => {
      const { privateKeyPem: key, certificateChainPem: chain, trustBundlePem: trust } = identities[shown];
      return checkCredentials({ key, chain, trust }, { kinds }, now);
    },
  ],
  ["loadCredentials", (shown, kinds) => loadCredentials(join(base, shown), { kinds }, now)],
  ["HeldIdentity", (shown, kinds) => new HeldIdentity(join(base, shown), { kinds }, now)],
];

const expectations: readonly (readonly PrincipalKind[])[] = [
  ["user"],
  ["service"],
  ["vertex"],
  ["user", "service"],
  [],
];

describe.each(functions)("%s", (_, check) => {
  describe.each(expectations)("that expects %s %s", (...kinds) => {
    test.each(PRINCIPAL_KINDS)("and is shown a %s", (shown) => {
      const attempt = (): unknown => check(shown, kinds);
      if (kinds.includes(shown)) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ code: "ERR_IDENTITY_WRONG_KIND" }));
    });
  });
});
