/** Lists that the openssl command makes are taken, and we refuse the certificates that openssl refuses. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCertificate } from "../../src/certificates/certificate.ts";
import { readCertificatePem } from "../../src/certificates/pem.ts";
import { IdentityError } from "../../src/errors.ts";
import { checkRevocationLists } from "../../src/revocation/list-file.ts";
import type { RevocationList } from "../../src/revocation/revocations.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-crl-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const algorithms = {
  p256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  ed25519: ["-algorithm", "ED25519"],
} as const;

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { cwd: base, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A CA as `openssl ca` keeps it: a folder with a key, a certificate, a database, and a number for the next list. */
function makeCa(name: string, algorithm: keyof typeof algorithms, issuer?: string): void {
  const digest = algorithm === "p256" ? "sha256" : "default";
  mkdirSync(join(base, name, "new"), { recursive: true });
  writeFileSync(join(base, name, "index.txt"), "");
  writeFileSync(join(base, name, "serial"), "B0B1\n");
  writeFileSync(join(base, name, "crlnumber"), "1234567890ABCDEF10\n");
  const config = `[ca]
default_ca=ca_default
[ca_default]
dir=${name}
database=${name}/index.txt
new_certs_dir=${name}/new
certificate=${name}/ca.pem
private_key=${name}/key.pem
serial=${name}/serial
crlnumber=${name}/crlnumber
default_md=${digest}
default_days=300
default_crl_days=30
policy=any
[any]
commonName=optional
[dn]
[req]
distinguished_name=dn
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
subjectAltName=URI:spiffe://demo
[middle]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectAltName=URI:spiffe://demo/vertex/a
[list]
authorityKeyIdentifier=keyid:always
[part]
issuingDistributionPoint=critical,@scope
[scope]
onlyuser=TRUE
[foreign]
1.2.3.4=critical,ASN1:NULL
[harmless]
1.2.3.4=ASN1:NULL
`;
  writeFileSync(join(base, `${name}.cnf`), config);
  openssl("genpkey", ...algorithms[algorithm], "-out", `${name}/key.pem`);
  const subject = ["-key", `${name}/key.pem`, "-subj", `/O=openssl/CN=${name}`, "-config", `${name}.cnf`];
  if (issuer === undefined) {
    openssl("req", "-new", "-x509", ...subject, "-days", "300", "-extensions", "root", "-out", `${name}/ca.pem`);
  } else {
    openssl("req", "-new", ...subject, "-out", `${name}/ca.csr`);
    issue(issuer, `${name}/ca`, "middle");
  }
}

function issue(name: string, file: string, extensions: string): void {
  openssl(
    "ca",
    "-batch",
    "-notext",
    "-config",
    `${name}.cnf`,
    "-extensions",
    extensions,
    "-in",
    `${file}.csr`,
    "-out",
    `${file}.pem`,
  );
}

/** Revokes a leaf of the CA; returns its serial number. */
function revokeLeaf(name: string, file: string, ...reason: readonly string[]): string {
  openssl("genpkey", ...algorithms.p256, "-out", `${file}.key`);
  openssl(
    "req",
    "-new",
    "-key",
    `${file}.key`,
    "-subj",
    `/CN=${file}`,
    "-config",
    `${name}.cnf`,
    "-out",
    `${file}.csr`,
  );
  issue(name, file, "leaf");
  openssl("ca", "-config", `${name}.cnf`, "-revoke", `${file}.pem`, ...reason);
  return readCertificate(readCertificatePem(readFileSync(join(base, `${file}.pem`), "utf8"))[0]!).serial;
}

function makeList(name: string, extensions = "list"): string {
  openssl("ca", "-config", `${name}.cnf`, "-gencrl", "-crlexts", extensions, "-out", `${name}/crl.pem`);
  return readFileSync(join(base, `${name}/crl.pem`), "utf8");
}

function check(text: string, root: string): readonly RevocationList[] {
  const trustBundlePem = readFileSync(join(base, root, "ca.pem"), "utf8");
  const principal = { cluster: "demo", kind: "vertex", name: "a" } as const;
  const identity = { principal, trustBundlePem, certificateChainPem: trustBundlePem };
  return checkRevocationLists(text, identity, new Date());
}

describe.skipIf(!hasOpenssl)("a list of openssl", () => {
  beforeAll(() => {
    makeCa("p256", "p256");
    makeCa("ed25519", "ed25519");
    makeCa("middle", "ed25519", "p256");
  });

  test.each(["p256", "ed25519"] as const)("of a CA with %s is taken", (name) => {
    expect(check(makeList(name), name)).toMatchObject([{ number: 0x1234567890abcdef10n, serials: { size: 0 } }]);
    const reasons = [
      [],
      ["-crl_reason", "keyCompromise"],
      ["-crl_compromise", "20260101000000Z"],
      ["-crl_hold", "holdInstructionReject"],
    ];
    const serials = reasons.map((reason, index) => revokeLeaf(name, `${name}-${index}`, ...reason));
    const text = makeList(name);
    const [list] = check(text, name);
    expect(list).toMatchObject({ number: 0x1234567890abcdef11n, serials: { size: 4 } });
    expect(list!.issuerName).toBe(`O=openssl, CN=${name}`);
    expect(serials.map((serial) => [serial.length, list!.serials.has(serial)])).toEqual(serials.map(() => [6, true]));
    expect(openssl("crl", "-in", `${name}/crl.pem`, "-CAfile", `${name}/ca.pem`, "-noout", "-lastupdate")).toMatch(
      new RegExp(`lastUpdate=.*${list!.thisUpdate.getUTCFullYear()} GMT`),
    );
    expect(list!.nextUpdate.getTime() - list!.thisUpdate.getTime()).toBe(30 * 86_400_000);
  });

  test("of an intermediate CA is taken with its certificate beside it", () => {
    const text = makeList("middle");
    expect(() => check(text, "p256")).toThrow(
      expect.objectContaining({ code: "ERR_IDENTITY_LIST_UNTRUSTED" }) as Error,
    );
    const certificate = readFileSync(join(base, "middle/ca.pem"), "utf8");
    expect(check(text + certificate, "p256")).toHaveLength(1);
    expect(() => check(text + certificate, "ed25519")).toThrow(IdentityError);
  });

  test("in text form with its block below is taken", () => {
    makeList("p256");
    expect(check(openssl("crl", "-in", "p256/crl.pem", "-text"), "p256")).toHaveLength(1);
  });

  test("that needs no more than we know is taken, and what needs more is refused", () => {
    const codeOf = (extensions: string): string => {
      try {
        return check(makeList("p256", extensions), "p256").length === 1 ? "taken" : "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(codeOf("harmless")).toBe("taken");
    expect(codeOf("part")).toMatch(/issuingDistributionPoint/);
    expect(codeOf("foreign")).toMatch(/critical extension 1\.2\.3\.4/);
  });
});
