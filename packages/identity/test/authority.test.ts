import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_kp_serverAuth,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { issueIdentity, makeAuthority, readAuthority } from "../src/authority/ca/authority.ts";
import { readCertificate } from "../src/certificates/certificate.ts";
import { checkCredentials } from "../src/credentials.ts";
import { IDENTITY_ERRORS } from "../src/errors.ts";
import { readCertificatePem, writeCertificatePem } from "../src/certificates/pem.ts";
import { PRINCIPAL_KINDS } from "../src/principal.ts";
import { ca, extendedKeyUsage, keyUsage, type Made, now, rawExtension } from "./certificates.ts";

const dayMs = 86_400_000;
const authority = makeAuthority({ cluster: "demo" }, now);

describe("what the CA issues", () => {
  test("passes its own checks, for every kind and algorithm", () => {
    const algorithm = fc.constantFrom("ed25519", "p256");
    const request = fc.record({
      kind: fc.constantFrom(...PRINCIPAL_KINDS),
      algorithm,
      days: fc.integer({ min: 1, max: 36_500 }),
    });
    fc.assert(
      fc.property(request, algorithm, (request, caAlgorithm) => {
        const ca = makeAuthority({ cluster: "demo", algorithm: caAlgorithm }, now);
        const { serial: _, isShortened, ...identity } = issueIdentity(ca, { ...request, name: "x" }, now);
        const pem = {
          key: identity.privateKeyPem,
          chain: identity.certificateChainPem,
          trust: identity.trustBundlePem,
        };
        expect(checkCredentials(pem, { cluster: "demo", kinds: [request.kind], name: "x" }, now)).toEqual(identity);
        expect(identity.notAfter.getTime()).toBe(now.getTime() + Math.min(request.days, 3650) * dayMs);
        expect(isShortened).toBe(request.days > 3650);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["user", 90],
    ["service", 365],
    ["vertex", 365],
  ] as const)("is valid from five minutes ago; a %s for %d days", (kind, days) => {
    const { notBefore, notAfter } = issueIdentity(authority, { kind, name: "x" }, now);
    expect(notBefore.getTime()).toBe(now.getTime() - 300_000);
    expect(notAfter.getTime()).toBe(now.getTime() + days * dayMs);
  });

  test("has serial numbers that are positive, of one length and never the same", () => {
    const serials = Array.from(
      { length: 200 },
      () => issueIdentity(authority, { kind: "user", name: "x" }, now).serial,
    );
    expect(new Set(serials).size).toBe(200);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
  });

  test("is dated rightly in 2050 and later", () => {
    const at = new Date("2049-12-31T12:00:00Z");
    const late = makeAuthority({ cluster: "demo" }, at);
    const { notBefore, notAfter } = issueIdentity(late, { kind: "vertex", name: "x", days: 1 }, at);
    expect([notBefore, notAfter]).toEqual([new Date("2049-12-31T11:55:00Z"), new Date("2050-01-01T12:00:00Z")]);
  });
});

describe("the CA refuses", () => {
  test.each(["", "Alice", "a b", "../x", "a/b", "x".repeat(64)])("the name %j", (name) => {
    const error: unknown = expect.objectContaining({ code: "ERR_IDENTITY_PRINCIPAL_SYNTAX" });
    expect(() => issueIdentity(authority, { kind: "user", name }, now)).toThrow(error);
    expect(() => makeAuthority({ cluster: name }, now)).toThrow(error);
  });

  test.each([0, -1, 1.5, Number.NaN, 36_501])("%d days", (days) => {
    const error: unknown = expect.objectContaining({ code: "ERR_IDENTITY_DAYS" });
    expect(() => issueIdentity(authority, { kind: "user", name: "x", days }, now)).toThrow(error);
    expect(() => makeAuthority({ cluster: "demo", days }, now)).toThrow(error);
  });

  test("to issue when it is over", () => {
    const at = new Date(authority.notAfter.getTime() + 1000);
    expect(() => issueIdentity(authority, { kind: "user", name: "x" }, at)).toThrow(
      expect.objectContaining({ code: "ERR_IDENTITY_EXPIRED" }),
    );
  });
});

test("two roots of one cluster have different names, so that revocation lists cannot be mixed up", () => {
  const roots = [authority, makeAuthority({ cluster: "demo" }, now)].map(
    ({ certificatePem }) => readCertificate(readCertificatePem(certificatePem)[0]!).subject,
  );
  expect(roots[0]).not.toEqual(roots[1]);
});

test("every code has a meaning and an advice, each in one line", () => {
  for (const [code, { meaning, advice }] of Object.entries(IDENTITY_ERRORS)) {
    expect(code).toMatch(/^ERR_IDENTITY_[A-Z_]+$/);
    for (const text of [meaning, advice]) expect(text).toMatch(/^[A-Z][^\n]+\.$/);
  }
});

describe("a root that another tool made", () => {
  const loose = keyUsage(KeyUsageFlags.keyCertSign);
  loose.critical = false;
  const other = ca("demo");

  const read = ({ der, key }: Made) => readAuthority(writeCertificatePem(der), key);

  test("is taken up when nodes would take its word", () => {
    expect(read(ca("demo")).cluster).toBe("demo");
    expect(read(ca("demo", { algorithm: "ed25519" })).cluster).toBe("demo");
  });

  test.each<[string, string, Made]>([
    ["whose signature is not its own", "ERR_IDENTITY_TRUST_NOT_ROOT", ca("demo", { signer: other.key })],
    [
      "whose key usage is not critical",
      "ERR_IDENTITY_KEY_USAGE",
      ca("demo", { extensions: { [id_ce_keyUsage]: loose } }),
    ],
    [
      "for servers only",
      "ERR_IDENTITY_KEY_USAGE",
      ca("demo", { extensions: { [id_ce_extKeyUsage]: extendedKeyUsage(id_kp_serverAuth) } }),
    ],
    [
      "with name constraints",
      "ERR_IDENTITY_EXTENSION",
      ca("demo", { extensions: { [id_ce_nameConstraints]: rawExtension(id_ce_nameConstraints, true, "3000") } }),
    ],
    [
      "with a critical extension of its own",
      "ERR_IDENTITY_EXTENSION",
      ca("demo", { extensions: { odd: rawExtension("1.2.3.4", true, "0500") } }),
    ],
  ])("is not when nodes would not: %s", (_, code, made) => {
    expect(() => read(made)).toThrow(expect.objectContaining({ code }));
  });
});
