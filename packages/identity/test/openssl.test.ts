/** Holds our formats against another implementation: the openssl command makes what we read, and reads what we make. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCa, openCa } from "../src/authority/ca/drivers/ca-folder.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { IdentityError } from "../src/errors.ts";
import { verifyPeer } from "../src/peer.ts";
import { readCertificatePem, writeCertificatePem } from "../src/certificates/pem.ts";
import { now } from "./certificates.ts";
import { readVectors } from "./x509-svid/vectors.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-openssl-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { cwd: base, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe.skipIf(!hasOpenssl)("openssl reads what the CA issues", () => {
  const algorithms = ["p256", "ed25519"] as const;
  const pairs = algorithms.flatMap((root) => algorithms.map((leaf) => [root, leaf] as const));

  test.each(pairs)("a %s root, a %s leaf", (rootAlgorithm, algorithm) => {
    const folder = `ours-${rootAlgorithm}-${algorithm}`;
    const ca = createCa(join(base, folder, "ca"), { cluster: "demo", algorithm: rootAlgorithm });
    ca.issueInto(join(base, folder, "web"), { kind: "service", name: "web", algorithm });
    const chain = `${folder}/web/chain.pem`;
    for (const purpose of ["sslserver", "sslclient"]) {
      const args = ["-x509_strict", "-check_ss_sig", "-purpose", purpose, "-CAfile", `${folder}/ca/ca.pem`];
      expect(openssl("verify", ...args, chain)).toBe(`${chain}: OK\n`);
    }
    const text = openssl("x509", "-in", chain, "-noout", "-text", "-nameopt", "utf8");
    expect(text).toMatch(/Subject Alternative Name: critical\s+URI:spiffe:\/\/demo\/service\/web\n/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
    expect(text).toMatch(/Extended Key Usage: *\n\s+TLS Web Server Authentication, TLS Web Client Authentication\n/);
    expect(openssl("pkey", "-in", `${folder}/web/key.pem`, "-pubout")).toBe(
      openssl("x509", "-in", chain, "-noout", "-pubkey"),
    );
    const root = openssl("x509", "-in", `${folder}/ca/ca.pem`, "-noout", "-text");
    expect(root).toMatch(/CA:TRUE[^]*Certificate Sign, CRL Sign[^]*URI:spiffe:\/\/demo\n/);
  });

  test("a lifetime that ends after 2049, the serial number, the names and the keys' identifiers", () => {
    const ca = createCa(join(base, "long"), { cluster: "demo", days: 36_500 });
    const { serial } = ca.issueInto(join(base, "long-web"), { kind: "service", name: "web", days: 20_000 });
    const print = (file: string, ...what: readonly string[]): string =>
      openssl("x509", "-in", file, "-noout", "-nameopt", "RFC2253", ...what);
    const [leaf, root] = ["long-web/chain.pem", "long/ca.pem"] as const;
    const { notBefore, notAfter } = loadCredentials(join(base, "long-web"));
    const dates = print(leaf, "-dates", "-dateopt", "iso_8601");
    const iso = (date: Date): string => date.toISOString().replace("T", " ").replace(".000Z", "Z");
    expect(dates).toBe(`notBefore=${iso(notBefore)}\nnotAfter=${iso(notAfter)}\n`);
    expect(notAfter.getUTCFullYear()).toBeGreaterThan(2050);
    expect(print(leaf, "-serial")).toBe(`serial=${serial.toUpperCase()}\n`);
    expect(print(leaf, "-subject")).toBe("subject=\n");
    expect(print(leaf, "-issuer").replace("issuer", "subject")).toBe(print(root, "-subject"));
    const keyId = (text: string, name: string): string => text.split(`X509v3 ${name} Key Identifier: \n`)[1]!.trim();
    const issuerKeyId = keyId(print(leaf, "-ext", "authorityKeyIdentifier"), "Authority");
    expect(issuerKeyId).toBe(keyId(print(root, "-ext", "subjectKeyIdentifier"), "Subject"));
  });

  // To openssl a certificate is over in its last second, which RFC 5280 (4.1.2.5) has within.
  const accepted = readVectors().examples.filter(
    ({ verdict, what }) => verdict === "accepted" && what !== "the last second",
  );

  test("every example of a rule that we accept is accepted", () => {
    const at = String(now.getTime() / 1000);
    expect(accepted.length).toBeGreaterThan(30);
    for (const { what, chain, roots } of accepted) {
      const files = { leaf: chain.slice(0, 1), between: chain.slice(1), roots };
      for (const [name, ders] of Object.entries(files)) {
        writeFileSync(join(base, `example-${name}`), writeCertificatePem(...ders));
      }
      const between = chain.length > 1 ? ["-untrusted", "example-between"] : [];
      const args = ["-attime", at, "-no-CApath", "-CAfile", "example-roots", ...between, "example-leaf"];
      expect(openssl("verify", ...args), what).toBe("example-leaf: OK\n");
    }
  });

  test("a fingerprint is what it prints", () => {
    const ca = createCa(join(base, "print"), { cluster: "demo" });
    const printed = openssl("x509", "-in", "print/ca.pem", "-noout", "-fingerprint", "-sha256");
    expect(printed.replaceAll(":", "").trim().toLowerCase()).toBe(`sha256 fingerprint=${ca.authority.fingerprint}`);
  });
});

/** The extensions of each certificate that openssl is asked to make. */
const leafExtensions =
  "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth";
const caExtensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign";
const p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const ed25519 = ["-algorithm", "ED25519"];
const rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

function makeKey(name: string, algorithm: readonly string[]): void {
  openssl("genpkey", ...algorithm, "-out", `${name}.key`);
}

function makeRoot(name: string, algorithm: readonly string[], extensions: string): void {
  makeKey(name, algorithm);
  writeFileSync(
    join(base, `${name}.cnf`),
    `[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n${extensions}\n`,
  );
  openssl(
    "req",
    "-new",
    "-x509",
    "-key",
    `${name}.key`,
    "-subj",
    `/CN=${name}`,
    "-days",
    "10",
    "-config",
    `${name}.cnf`,
    "-out",
    `${name}.pem`,
  );
}

function makeSigned(
  name: string,
  issuer: string,
  algorithm: readonly string[],
  extensions: string,
  ...more: string[]
): void {
  makeKey(name, algorithm);
  writeFileSync(join(base, `${name}.ext`), extensions);
  writeFileSync(join(base, `${name}.cnf`), "[req]\ndistinguished_name=dn\n[dn]\n");
  openssl(
    "req",
    "-new",
    "-key",
    `${name}.key`,
    "-subj",
    `/CN=${name}`,
    "-config",
    `${name}.cnf`,
    "-out",
    `${name}.csr`,
  );
  const signed = ["-in", `${name}.csr`, "-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-extfile", `${name}.ext`];
  openssl("x509", "-req", ...signed, "-set_serial", "0x1234567890abcdef", "-days", "9", "-out", `${name}.pem`, ...more);
}

describe.skipIf(!hasOpenssl)("what openssl issues in the SPIFFE form is taken", () => {
  const alice = `${leafExtensions}\nsubjectAltName=URI:spiffe://demo/user/alice`;
  const otherNames =
    "DNS:a.example,email:a@a.example,IP:192.0.2.1,IP:2001:db8::1,RID:1.2.3.4,otherName:1.2.3.4;UTF8:x,dirName:dir";
  const otherExtensions =
    "certificatePolicies=1.2.3.4\nauthorityInfoAccess=OCSP;URI:http://x/\ncrlDistributionPoints=URI:http://x/crl";

  beforeAll(() => {
    makeRoot("root", p256, `${caExtensions}\nsubjectAltName=URI:spiffe://demo`);
    makeRoot("plain", ed25519, caExtensions);
    makeRoot("rsa", rsa, caExtensions);
    makeSigned("middle", "root", p256, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign");
    makeSigned("alice", "root", p256, alice);
    makeSigned("edward", "plain", ed25519, `${alice},DNS:alice.example`);
    makeSigned("below", "middle", ed25519, alice);
    makeSigned("second", "root", ed25519, "basicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=critical,keyCertSign");
    makeSigned("third", "second", p256, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign");
    makeSigned("deep", "third", p256, alice);
    makeSigned("crowded", "root", p256, `${alice},${otherNames}\n${otherExtensions}\n[dir]\nC=DE\nCN=dir`);
  });

  function folderOf(name: string, root: string, ...intermediates: readonly string[]): string {
    const folder = join(base, `folder-${name}`);
    mkdirSync(folder, { recursive: true });
    cpSync(join(base, `${name}.key`), join(folder, "key.pem"));
    chmodSync(join(folder, "key.pem"), 0o600);
    const chain = [name, ...intermediates].map((each) => readFileSync(join(base, `${each}.pem`), "utf8"));
    writeFileSync(join(folder, "chain.pem"), chain.join(""));
    cpSync(join(base, `${root}.pem`), join(folder, "trust.pem"));
    return folder;
  }

  function codeOf(action: () => unknown): string {
    try {
      action();
    } catch (error) {
      if (error instanceof IdentityError) return error.code;
      throw error;
    }
    return "taken";
  }

  test.each([
    ["alice", "root"],
    ["edward", "plain"],
    ["below", "root", "middle"],
    ["deep", "root", "third", "second"],
    ["crowded", "root"],
  ])("%s under %s", (name, root, ...intermediates) => {
    const credentials = loadCredentials(folderOf(name, root, ...intermediates.filter((each) => each !== undefined)));
    expect(credentials.principal).toEqual({ cluster: "demo", kind: "user", name: "alice" });
    const expected = { trustBundlePem: credentials.trustBundlePem, cluster: "demo", kinds: ["user"] as const };
    expect(verifyPeer(readCertificatePem(credentials.certificateChainPem), expected, new Date()).principal).toEqual(
      credentials.principal,
    );
  });

  test("as openssl itself takes it, and not without its intermediates", () => {
    writeFileSync(
      join(base, "between.pem"),
      ["third", "second"].map((each) => readFileSync(join(base, `${each}.pem`))).join(""),
    );
    const verify = (...untrusted: readonly string[]): string =>
      openssl("verify", "-x509_strict", "-CAfile", "root.pem", ...untrusted, "deep.pem");
    expect(verify("-untrusted", "between.pem")).toBe("deep.pem: OK\n");
    expect(() => verify("-untrusted", "second.pem")).toThrow(/unable to get local issuer certificate/);
    expect(codeOf(() => loadCredentials(folderOf("deep", "root", "second")))).toBe("ERR_IDENTITY_UNTRUSTED");
  });

  test("with a SEC 1 key, and with the text of the certificate around it", () => {
    const folder = folderOf("alice", "root");
    openssl("ec", "-in", "alice.key", "-param_out", "-out", "alice.parameters");
    const key = readFileSync(join(base, "alice.parameters"), "utf8") + openssl("ec", "-in", "alice.key");
    writeFileSync(join(folder, "key.pem"), key);
    writeFileSync(join(folder, "chain.pem"), openssl("x509", "-in", "alice.pem", "-text"));
    const credentials = loadCredentials(folder);
    expect(new TextDecoder().decode(credentials.privateKeyPem)).toBe(openssl("pkey", "-in", "alice.key"));
    expect(credentials.certificateChainPem).toBe(readFileSync(join(base, "alice.pem"), "utf8"));
  });

  test("by the commands of the documentation, word for word", () => {
    const text = readFileSync(new URL("../../../docs/operate/identity.md", import.meta.url), "utf8");
    const commands = text.split("## Certificates of other tools")[1]!.split("```")[1]!.replace(/^sh\n/, "");
    const folder = join(base, "documented");
    createCa(join(folder, "ca"), { cluster: "demo" });
    expect(commands).toMatch(/^mkdir[^]*\nflor inspect \.\n$/);
    execFileSync("bash", ["-e", "-c", commands.replace("flor inspect", "ls")], { cwd: folder, stdio: "pipe" });
    const { principal } = loadCredentials(join(folder, "alice"));
    expect(principal).toEqual({ cluster: "demo", kind: "user", name: "alice" });
  });

  test("a CA made by openssl issues here", () => {
    const folder = join(base, "foreign-ca");
    mkdirSync(folder);
    cpSync(join(base, "root.pem"), join(folder, "ca.pem"));
    cpSync(join(base, "root.key"), join(folder, "ca-key.pem"));
    chmodSync(join(folder, "ca-key.pem"), 0o600);
    openCa(folder).issueInto(join(base, "from-foreign"), { kind: "vertex", name: "a" });
    expect(loadCredentials(join(base, "from-foreign")).principal.cluster).toBe("demo");
    expect(openssl("verify", "-x509_strict", "-CAfile", "root.pem", "from-foreign/chain.pem")).toContain(": OK");
  });

  const refused: readonly [string, string, string, readonly string[], string][] = [
    ["with an RSA key", "ERR_IDENTITY_ALGORITHM", "root", rsa, alice],
    ["under an RSA root", "ERR_IDENTITY_ALGORITHM", "rsa", p256, alice],
    [
      "with a P-384 key",
      "ERR_IDENTITY_ALGORITHM",
      "root",
      ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
      alice,
    ],
    ["with two URIs", "ERR_IDENTITY_URI_COUNT", "root", p256, `${alice},URI:spiffe://demo/user/bob`],
    ["with a DNS name alone", "ERR_IDENTITY_URI_COUNT", "root", p256, `${leafExtensions}\nsubjectAltName=DNS:alice`],
    [
      "that is a CA",
      "ERR_IDENTITY_LEAF_IS_CA",
      "root",
      p256,
      `${caExtensions}\nsubjectAltName=URI:spiffe://demo/user/alice`,
    ],
    ["without key usage", "ERR_IDENTITY_KEY_USAGE", "root", p256, "subjectAltName=URI:spiffe://demo/user/alice"],
    ["with name constraints", "ERR_IDENTITY_EXTENSION", "root", p256, `${alice}\nnameConstraints=permitted;URI:.demo`],
  ];

  test.each(refused)("but not %s", (what, code, root, algorithm, extensions) => {
    const name = `refused-${what.replaceAll(" ", "-")}`;
    makeSigned(name, root, algorithm, extensions);
    expect(codeOf(() => loadCredentials(folderOf(name, root)))).toBe(code);
  });

  test("but not signed with SHA-384, nor with a locked key", () => {
    makeSigned("sha384", "root", p256, alice, "-sha384");
    expect(codeOf(() => loadCredentials(folderOf("sha384", "root")))).toBe("ERR_IDENTITY_ALGORITHM");
    const folder = folderOf("alice", "root");
    writeFileSync(join(folder, "key.pem"), openssl("pkey", "-in", "alice.key", "-aes128", "-passout", "pass:secret"));
    expect(codeOf(() => loadCredentials(folder))).toBe("ERR_IDENTITY_KEY_BROKEN");
  });
});
