import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AuthorityRecord } from "../src/authority/ca/record.ts";
import { readRequest, writeRequest } from "../src/authority/enrollment/request.ts";
import {
  type EnrollmentToken,
  isTokenText,
  Issuer,
  makeKey,
  readTokenText,
  tokenIdOf,
  writeTokenText,
} from "../src/authority/index.ts";
import { formatPrincipal, PRINCIPAL_KINDS } from "../src/index.ts";
import { RENEWALS_AT_ONCE } from "../src/limits.ts";
import { readPrivateKey } from "../src/private-key.ts";

const GOLDEN: EnrollmentToken = {
  principal: { cluster: "demo", kind: "vertex", name: "a" },
  issuer: "tcp://192.0.2.10:4434",
  rootFingerprint: "0f".repeat(32),
  secret: Uint8Array.from({ length: 16 }, (_, index) => index),
};
const GOLDEN_TEXT =
  "flor-enroll-LajiJw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PAAECAwQFBgcICQoLDA0OD3NwaWZmZTovL2RlbW8vdmVydGV4L2EgdGNwOi8vMTkyLjAuMi4xMDo0NDM0";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const tokens = fc.record({
  principal: fc.record({ cluster: name, kind: fc.constantFrom(...PRINCIPAL_KINDS), name }),
  issuer: fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `tcp://${host}:${port}`),
  rootFingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets).toString("hex")),
  secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

describe("the text of a token", () => {
  test("is always the same for the same token", () => {
    expect(writeTokenText(GOLDEN)).toBe(GOLDEN_TEXT);
    expect(readTokenText(` ${GOLDEN_TEXT}\n`)).toEqual(GOLDEN);
    expect(tokenIdOf(GOLDEN.secret)).toBe("acd005ac9ea1d223ac84ab9e9985ce2b124a5fb93d9befda91c84ba53dcef5c2");
  });

  test("is read as it was written", () => {
    fc.assert(
      fc.property(tokens, (token) => {
        const text = writeTokenText(token);
        expect(isTokenText(text)).toBe(true);
        expect(readTokenText(text)).toEqual(token);
      }),
    );
  });

  test("with any letter changed, left out or added is none", () => {
    fc.assert(
      fc.property(tokens, fc.nat(), fc.constantFrom("", "A", "_", "x", "A_"), (token, where, put) => {
        const text = writeTokenText(token);
        const at = where % text.length;
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        // The last letter has bits that do not count.
        fc.pre(changed !== text && at < text.length - 1);
        expect(readTokenText(changed)).toBeUndefined();
      }),
    );
  });

  test("may be anything", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `flor-enroll-${text}`),
        ),
        (text) => {
          expect(readTokenText(text)).toBeUndefined();
        },
      ),
    );
    expect(readTokenText(`flor-enroll-${"A".repeat(1_000_000)}`)).toBeUndefined();
  });
});

describe("an issuer that is shown a token", () => {
  const at = new Date("2026-11-25T12:00:00.000Z");
  const clocks = { wall: at, monotonic: 0 };
  const { principal, secret } = GOLDEN;
  const token = {
    id: tokenIdOf(secret),
    principal: formatPrincipal(principal),
    madeAt: at,
    expiresAt: new Date(at.getTime() + 60_000),
  };
  const issuer = (): Issuer => new Issuer({ cluster: "demo", lifeMs: 3_600_000 });
  const newRequest = (): string => writeRequest(principal, readPrivateKey(makeKey().pem));
  const record = (...fields: readonly object[]): AuthorityRecord => {
    const made = new AuthorityRecord();
    const common = { kind: "issued", at, serial: "01", notBefore: at, notAfter: at, fingerprint: "00" };
    for (const each of fields) made.addLine(JSON.stringify({ ...common, ...each }));
    return made;
  };

  test("grants the certificate for its principal, and notes the token", () => {
    const request = newRequest();
    const { publicKeyInfo } = readRequest(request);
    expect(issuer().handleEnrollment(token, request, { record: record() }, clocks)).toEqual({
      request: { kind: "vertex", name: "a", publicKeyInfo, lifeMs: 3_600_000 },
      grounds: { token: token.id },
    });
  });

  test("refuses a key of somebody else, one more key, and too many", () => {
    const request = newRequest();
    const { keyFingerprint: keyHash } = readRequest(request);
    const ask = (before: AuthorityRecord, by = issuer()): object =>
      by.handleEnrollment(token, request, { record: before }, clocks);
    expect(ask(record({ principal: "spiffe://demo/user/eve", keyHash }))).toMatchObject({
      code: "ERR_ISSUER_KEY_IN_USE",
    });
    const used = { principal: token.principal, token: token.id };
    expect(ask(record({ ...used, keyHash: "aa" }))).toMatchObject({ code: "ERR_ISSUER_TOKEN" });
    expect(ask(record({ ...used, keyHash }))).toHaveProperty("grounds");
    const busy = issuer();
    for (let count = 0; count < RENEWALS_AT_ONCE; count++) expect(ask(record(), busy)).toHaveProperty("grounds");
    expect(ask(record(), busy)).toMatchObject({ code: "ERR_ISSUER_RATE" });
  });
});
