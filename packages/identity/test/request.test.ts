import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readDer } from "../src/authority/structures.ts";
import { readPem, writePem } from "../src/certificates/pem.ts";
import { readRequest, writeRequest } from "../src/authority/enrollment/request.ts";
import { IdentityError } from "../src/errors.ts";
import { bitsOf } from "./bits.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-request-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const alice = { cluster: "demo", kind: "user", name: "alice" } as const;
const keys = {
  p256: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey,
  ed25519: generateKeyPairSync("ed25519").privateKey,
} as const;
const derOf = (pem: string): Buffer => Buffer.from(readPem(pem, ["CERTIFICATE REQUEST"])[0]!.der);

/** The code with which a request is refused; anything but an IdentityError is a mistake of the reader. */
function codeOf(pem: string): string | undefined {
  try {
    readRequest(pem);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return error.code;
  }
  return undefined;
}

describe.each(["p256", "ed25519"] as const)("a request with a key of %s", (algorithm) => {
  const key = keys[algorithm];
  const pem = writeRequest(alice, key);

  test("comes back as it was written", () => {
    const publicKeyInfo = publicOf(key);
    const keyFingerprint = createHash("sha256").update(publicKeyInfo).digest("hex");
    expect(readRequest(pem)).toEqual({ principal: alice, publicKeyInfo, keyAlgorithm: algorithm, keyFingerprint });
    expect(codeOf(`text of another tool\n${pem}`)).toBeUndefined();
  });

  test("is refused with a bit of any octet flipped", () => {
    const der = derOf(pem);
    const codes = new Set<string | undefined>();
    for (const bit of bitsOf(der)) {
      der[bit >> 3]! ^= 1 << (bit & 7);
      codes.add(codeOf(writePem("CERTIFICATE REQUEST", der)));
      der[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(codes).not.toContain(undefined);
    expect(codes).toContain("ERR_IDENTITY_REQUEST_SIGNATURE");
  });

  test("is refused cut off or extended", () => {
    const der = derOf(pem);
    for (let length = 1; length < der.length; length++) {
      expect(codeOf(writePem("CERTIFICATE REQUEST", der.subarray(0, length)))).toBe("ERR_IDENTITY_REQUEST_BROKEN");
    }
    const longer = Buffer.concat([der, Buffer.of(0)]);
    expect(codeOf(writePem("CERTIFICATE REQUEST", longer))).toBe("ERR_IDENTITY_REQUEST_BROKEN");
  });
});

test("any octets are refused by a code: random ones, and requests of which some were changed", () => {
  const der = derOf(writeRequest(alice, keys.p256));
  const changed = fc
    .array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const octets = Buffer.from(der);
      for (const [at, mask] of changes) octets[at] = der[at]! ^ mask;
      return octets;
    });
  const property = fc.property(fc.oneof(changed, fc.uint8Array({ minLength: 1, maxLength: 200 })), (octets) => {
    expect(codeOf(writePem("CERTIFICATE REQUEST", octets))).toMatch(/^ERR_IDENTITY_/);
  });
  fc.assert(property, { numRuns: runs(500, 150) });
});

test.each([
  ["nothing", ""],
  ["no request", "hello"],
  ["two requests", writeRequest(alice, keys.p256).repeat(2)],
  ["a certificate", writeRequest(alice, keys.p256).replaceAll("CERTIFICATE REQUEST", "CERTIFICATE")],
  ["a huge request", writePem("CERTIFICATE REQUEST", Buffer.alloc(20_000, 0x30))],
])("%s is refused", (_, pem) => {
  expect(codeOf(pem)).toMatch(/^ERR_IDENTITY_(PEM|REQUEST)_BROKEN$/);
});

test("one that somebody else signed is refused: it proves no possession of the key", () => {
  const ours = readDer(derOf(writeRequest(alice, keys.p256)), CertificationRequest, "ours");
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const theirs = readDer(derOf(writeRequest(alice, other)), CertificationRequest, "theirs");
  ours.signature = theirs.signature;
  const pem = writePem("CERTIFICATE REQUEST", Buffer.from(AsnConvert.serialize(ours)));
  expect(codeOf(pem)).toBe("ERR_IDENTITY_REQUEST_SIGNATURE");
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { cwd: base, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe.skipIf(!hasOpenssl)("openssl", () => {
  test.each(["p256", "ed25519"] as const)("accepts our request: %s", (algorithm) => {
    writeFileSync(join(base, "ours.pem"), writeRequest(alice, keys[algorithm]));
    const { status, stdout, stderr } = spawnSync(
      "openssl",
      ["req", "-in", "ours.pem", "-noout", "-verify", "-text", "-nameopt", "utf8"],
      { cwd: base, encoding: "utf8" },
    );
    expect(status).toBe(0);
    expect(stdout + stderr).toMatch(/verify OK/);
    expect(stdout).toMatch(/Subject Alternative Name: critical\s+URI:spiffe:\/\/demo\/user\/alice\n/);
  });

  const p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const uri = "subjectAltName=URI:spiffe://demo/user/alice";
  const usual = `${uri}\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE`;

  /** A request that openssl makes, with extensions and attributes as its config file writes them. */
  function make(algorithm: readonly string[], extensions: string, attributes = "", digest = "-sha256"): string {
    openssl("genpkey", ...algorithm, "-out", "their.key");
    const sections = `${extensions === "" ? "" : "req_extensions=ext\n"}[dn]\n[attributes]\n${attributes}\n[ext]\n${extensions}\n`;
    writeFileSync(join(base, "req.cnf"), `[req]\nprompt=no\ndistinguished_name=dn\nattributes=attributes\n${sections}`);
    openssl(
      "req",
      "-new",
      "-key",
      "their.key",
      "-subj",
      "/CN=alice",
      "-config",
      "req.cnf",
      digest,
      "-out",
      "their.pem",
    );
    return readFileSync(join(base, "their.pem"), "utf8");
  }

  test.each([
    ["with the URI alone", p256, uri, ""],
    ["with more extensions and names", p256, `${usual}\nextendedKeyUsage=serverAuth,clientAuth`, ""],
    ["with names of other kinds", p256, `${uri},DNS:alice.example,email:alice@example.org`, ""],
    ["with other attributes", p256, uri, "challengePassword=secret\nunstructuredName=something"],
    ["with a key of Ed25519", ["-algorithm", "ED25519"], uri, ""],
  ])("makes a request that is taken: %s", (_, algorithm, extensions, attributes) => {
    const request = readRequest(make(algorithm, extensions, attributes));
    expect(request.principal).toEqual(alice);
    const theirs = createPrivateKey(readFileSync(join(base, "their.key")));
    expect(Buffer.from(request.publicKeyInfo)).toEqual(publicOf(theirs));
  });

  test.each([
    ["without a URI", "ERR_IDENTITY_URI_COUNT", p256, "subjectAltName=DNS:alice", "-sha256"],
    ["without extensions", "ERR_IDENTITY_URI_COUNT", p256, "", "-sha256"],
    ["with two URIs", "ERR_IDENTITY_URI_COUNT", p256, `${uri},URI:spiffe://demo/user/bob`, "-sha256"],
    ["of no principal", "ERR_IDENTITY_PRINCIPAL_SYNTAX", p256, "subjectAltName=URI:https://demo/alice", "-sha256"],
    ["of a cluster", "ERR_IDENTITY_PRINCIPAL_SYNTAX", p256, "subjectAltName=URI:spiffe://demo", "-sha256"],
    ["in upper case", "ERR_IDENTITY_PRINCIPAL_SYNTAX", p256, "subjectAltName=URI:spiffe://demo/user/Alice", "-sha256"],
    ["with an RSA key", "ERR_IDENTITY_ALGORITHM", ["-algorithm", "RSA"], uri, "-sha256"],
    [
      "with a key of P-384",
      "ERR_IDENTITY_ALGORITHM",
      ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
      uri,
      "-sha256",
    ],
    ["for a CA", "ERR_IDENTITY_REQUEST_CA", p256, `${uri}\nbasicConstraints=critical,CA:TRUE`, "-sha256"],
    ["signed with SHA-384", "ERR_IDENTITY_ALGORITHM", p256, uri, "-sha384"],
  ])("makes one that is refused: %s", (_, code, algorithm, extensions, digest) => {
    expect(codeOf(make(algorithm, extensions, "", digest))).toBe(code);
  });
});

function publicOf(key: KeyObject): Buffer {
  const jwk = key.export({ format: "jwk" });
  return key.asymmetricKeyType === "ed25519"
    ? Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(jwk.x!, "base64url")])
    : Buffer.concat([
        Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex"),
        Buffer.from(jwk.x!, "base64url"),
        Buffer.from(jwk.y!, "base64url"),
      ]);
}
