/** Revocation lists, seen by another implementation: the openssl command reads ours, and goes by them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createCa } from "../src/authority/ca/drivers/ca-folder.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-openssl-lists-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync("openssl", args, { cwd: base, encoding: "utf8" });
  return stdout + stderr;
}

describe.skipIf(!hasOpenssl)("openssl goes by the lists of a CA", () => {
  test.each(["p256", "ed25519"] as const)("whose key is %s", (algorithm) => {
    const folder = `ca-${algorithm}`;
    const ca = createCa(join(base, folder), { cluster: "demo", algorithm });
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => {
      const identity = ca.issue({ kind: "user", name });
      writeFileSync(join(base, `${name}.pem`), identity.certificateChainPem);
      return identity;
    });
    ca.makeRevocationList();
    ca.revoke([{ serial: alice!.serial }], { reason: "key-compromise" });
    ca.revoke([{ serial: bob!.serial }], { days: 3 });

    const list = `${folder}/crl.pem`;
    expect(openssl("crl", "-in", list, "-CAfile", `${folder}/ca.pem`, "-noout")).toBe("verify OK\n");
    const text = openssl("crl", "-in", list, "-noout", "-text");
    expect(text).toMatch(/Version 2 \(0x1\)/);
    expect(text).toMatch(/X509v3 CRL Number: \n +3\n/);
    expect(text).toMatch(/X509v3 Authority Key Identifier/);
    const aliceEntry = `Serial Number: ${alice!.serial.toUpperCase()}\n +Revocation Date: .+\n`;
    expect(text).toMatch(
      new RegExp(`${aliceEntry} +CRL entry extensions:\n +X509v3 CRL Reason Code: \n +Key Compromise\n`),
    );
    expect(text).toMatch(new RegExp(`Serial Number: ${bob!.serial.toUpperCase()}\n +Revocation Date: .+\n +Signature`));
    expect(text).not.toContain(carol!.serial.toUpperCase());

    const verify = (name: string): string =>
      openssl("verify", "-x509_strict", "-crl_check", "-CAfile", `${folder}/ca.pem`, "-CRLfile", list, `${name}.pem`);
    expect(verify("alice")).toMatch(/error 23 .*certificate revoked/);
    expect(verify("bob")).toMatch(/error 23 .*certificate revoked/);
    expect(verify("carol")).toBe("carol.pem: OK\n");
  });
});
