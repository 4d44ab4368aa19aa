import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createCa } from "../src/authority/ca/drivers/ca-folder.ts";
import { makeKey } from "../src/authority/ca/authority.ts";
import {
  type Bundle,
  isBundleText,
  readBundle,
  readBundleText,
  writeBundle,
  writeBundleText,
} from "../src/authority/enrollment/bundle.ts";
import { type BundleExpectation, checkBundle, parseFingerprint } from "../src/authority/enrollment/bundle-check.ts";
import { answerRequest, makeInvitation } from "../src/authority/enrollment/drivers/issue-bundle.ts";
import { readRequest, writeRequest } from "../src/authority/enrollment/request.ts";
import { openSealed } from "../src/authority/sealing/sealing.ts";
import { IdentityError } from "../src/errors.ts";
import { bitsOf } from "./bits.ts";
import { formatPrincipal } from "../src/principal.ts";
import { readPrivateKey } from "../src/private-key.ts";
import { later, now } from "./certificates.ts";

// Thousands of changed bundles have the same root, whose reading takes most of the time.
vi.mock(import("../src/certificates/certificate.ts"), async (load) => {
  const real = await load();
  const read = new Map<string, ReturnType<typeof real.readCertificate>>();
  return {
    ...real,
    readCertificate(der) {
      const key = Buffer.from(der).toString("latin1");
      const certificate = read.get(key) ?? real.readCertificate(der);
      read.set(key, certificate);
      return certificate;
    },
  };
});

const base = mkdtempSync(join(tmpdir(), "florenetes-bundle-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ca = createCa(join(base, "ca"), { cluster: "demo" }, now);
const other = createCa(join(base, "other"), { cluster: "demo", algorithm: "ed25519" }, now);
const foreign = createCa(join(base, "foreign"), { cluster: "elsewhere" }, now);
ca.makeRevocationList({}, now);

const invitation = Buffer.from(makeInvitation(ca, { kind: "vertex", name: "a" }, {}, now).octets);
const bundle = readBundle(invitation);
const expected: BundleExpectation = { principals: [], signers: [ca.authority.fingerprint], keys: [] };

/** The code with which an action is refused; any error but an IdentityError is a mistake of ours. */
function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return error.code;
  }
  return undefined;
}

/** A bundle with these changes, which the CA signs. */
const signed = (changes: Partial<Bundle>): Buffer =>
  Buffer.from(writeBundle({ ...bundle, ...changes }, (octets) => ca.sign(octets)));

/** A bundle with this payload, which the CA signs. */
function signedText(payload: string, length = Buffer.byteLength(payload)): Buffer {
  const header = Buffer.of(1, 0, 0, 0, 0);
  header.writeUInt32BE(length, 1);
  const octets = Buffer.from(payload);
  const signature = ca.sign(Buffer.concat([Buffer.from("FLORENETES BUNDLE\0\u0001"), octets]));
  return Buffer.concat([header, octets, signature]);
}

const payload = invitation.toString("utf8", 5, 5 + invitation.readUInt32BE(1));

describe("a bundle", () => {
  test("that is an invitation holds an identity that is ready for use, and the newest list", () => {
    const { credentials, lists } = checkBundle(bundle, expected, now);
    expect(credentials.principal).toEqual({ cluster: "demo", kind: "vertex", name: "a" });
    expect(lists.map(({ number }) => number)).toEqual([1n]);
    expect(bundle.expiresAt).toEqual(later(7));
  });

  test("that is an answer is for the key of the request, and holds none", () => {
    const { pem } = makeKey("ed25519");
    const request = readRequest(writeRequest({ cluster: "demo", kind: "user", name: "alice" }, readPrivateKey(pem)));
    const { octets, certificate, expiresAt } = answerRequest(ca, request, { days: 3, bundleDays: 2 }, now);
    const answer = readBundle(octets);
    expect(answer.privateKey).toBeUndefined();
    expect(expiresAt).toEqual(later(2));
    expect(certificate.notAfter).toEqual(later(3));
    expect(checkBundle(answer, { ...expected, keys: [makeKey().pem, pem] }, now).credentials).toMatchObject({
      privateKeyPem: pem,
      fingerprint: certificate.fingerprint,
    });
    expect(codeOf(() => checkBundle(answer, { ...expected, keys: [makeKey().pem] }, now))).toBe(
      "ERR_IDENTITY_BUNDLE_KEY",
    );
    expect(codeOf(() => checkBundle(answer, expected, now))).toBe("ERR_IDENTITY_BUNDLE_KEY");
  });

  test("is text that mail may wrap in white space, and nothing else", () => {
    const text = writeBundleText(invitation);
    expect(isBundleText(text)).toBe(true);
    expect(readBundleText(`\r\n${text.replaceAll("\n", " \r\n")}\n\n`)).toEqual(invitation);
    for (const wrong of ["", text + text, `dear colleague,\n${text}`, text.replaceAll("BUNDLE", "THINGS")]) {
      expect(codeOf(() => readBundleText(wrong))).toBe("ERR_IDENTITY_BUNDLE_BROKEN");
    }
  });

  test("is signed by whatever algorithm the CA has", () => {
    const octets = makeInvitation(other, { kind: "user", name: "bob" }, {}, now).octets;
    const signers = [ca.authority.fingerprint, other.authority.fingerprint];
    expect(checkBundle(readBundle(octets), { ...expected, signers }, now).credentials.principal.name).toBe("bob");
  });

  test("may bring the root that comes next, and is signed by the one that is trusted", () => {
    const otherRoots = [other.authority.certificatePem];
    const octets = makeInvitation(ca, { kind: "user", name: "bob" }, { otherRoots }, now).octets;
    expect(checkBundle(readBundle(octets), expected, now).credentials.trustBundlePem).toBe(
      ca.authority.certificatePem + other.authority.certificatePem,
    );
  });
});

describe("a bundle is refused", () => {
  test("with a bit of any octet flipped", () => {
    const octets = Buffer.from(makeInvitation(foreign, { kind: "vertex", name: "a" }, {}, now).octets);
    const codes = new Set<string | undefined>();
    for (const bit of bitsOf(octets)) {
      octets[bit >> 3]! ^= 1 << (bit & 7);
      codes.add(codeOf(() => readBundle(octets)));
      octets[bit >> 3]! ^= 1 << (bit & 7);
    }
    const expectedCodes = ["BUNDLE_BROKEN", "BUNDLE_SIGNATURE", "VERSION"].map((code) => `ERR_IDENTITY_${code}`);
    expect(codes).toEqual(new Set(expectedCodes));
  }, 60_000);

  test("with any letter of its text changed", () => {
    const text = Buffer.from(writeBundleText(invitation));
    for (let at = 0; at < text.length; at++) {
      const flipped = Buffer.from(text);
      flipped[at]! ^= 1 << (at % 8);
      expect(codeOf(() => readBundle(readBundleText(flipped.toString("utf8"))))).toMatch(/^ERR_IDENTITY_/);
    }
  }, 60_000);

  test("cut off at any place, or extended", () => {
    for (let length = 0; length < invitation.length; length++) {
      const code = codeOf(() => readBundle(invitation.subarray(0, length)));
      expect(code).toMatch(/^ERR_IDENTITY_BUNDLE_(BROKEN|SIGNATURE)$/);
    }
    for (const tail of ["\0", " ", "x".repeat(100)]) {
      const code = codeOf(() => readBundle(Buffer.concat([invitation, Buffer.from(tail)])));
      expect(code).toMatch(/^ERR_IDENTITY_BUNDLE_(BROKEN|SIGNATURE)$/);
    }
  });

  test.each([
    ["written with white space", payload.replace(",", ", ")],
    ["with a member more", payload.replace("{", '{"more":1,')],
    ["with a member twice", payload.replace("{", `{"principal":"spiffe://demo/vertex/b",`)],
    ["without a member", payload.replace(/"signer":"[^"]*",/, "")],
    ["in another order", payload.replace(/("madeAt":"[^"]*"),("expiresAt":"[^"]*")/, "$2,$1")],
    ["with a list for a text", payload.replace(/"principal":"([^"]*)"/, '"principal":["$1"]')],
    ["with a text for a list", payload.replace(/"chain":\[("[^"]*")\]/, '"chain":$1')],
    ["without certificates", payload.replace(/"chain":\[[^\]]*\]/, '"chain":[]')],
    ["with an empty certificate", payload.replace(/"chain":\[[^\]]*\]/, '"chain":[""]')],
    ["with other base64", payload.replace(/"chain":\["/, '"chain":["\\n')],
    ["with too many roots", payload.replace(/"roots":\[("[^"]*")\]/, `"roots":[$1${',"AAAA"'.repeat(64)}]`)],
    ["of a root that cannot be read", payload.replace(/"roots":\[[^\]]*\]/, '"roots":["AAAA"]')],
    ["with a time that is none", payload.replace(/"madeAt":"[^"]*"/, '"madeAt":"yesterday"')],
    ["with a time in other words", payload.replace(/("madeAt":"[^".]*)\.000Z"/, '$1Z"')],
    ["of no principal", payload.replace("spiffe://demo/vertex/a", "spiffe://demo/vertex/A")],
    ["of nothing", ""],
    ["of null", "null"],
    ["of a number", "1"],
    ["of deep brackets", "[".repeat(200_000)],
    ["of something that is no UTF-8", payload.replace("demo", "\uFFFD")],
  ])("%s, even when its CA signed it", (_, text) => {
    expect(text).not.toBe(payload);
    expect(codeOf(() => readBundle(signedText(text)))).toBe("ERR_IDENTITY_BUNDLE_BROKEN");
  });

  test("with a length that is not its own", () => {
    for (const length of [0, 1, payload.length - 1, payload.length + 1, 2 ** 31, 2 ** 32 - 1]) {
      expect(codeOf(() => readBundle(signedText(payload, length)))).toMatch(/^ERR_IDENTITY_BUNDLE_(BROKEN|SIGNATURE)$/);
    }
    expect(codeOf(() => readBundle(signedText(payload)))).toBeUndefined();
  });

  test.each([1, 2, 3, 255])("of another version: %d", (version) => {
    const octets = Buffer.from(invitation);
    octets[0] = version;
    expect(codeOf(() => readBundle(octets))).toBe(version === 1 ? undefined : "ERR_IDENTITY_VERSION");
  });

  test("whose signature is over something else that the CA signs", () => {
    const bare = Buffer.concat([invitation.subarray(0, 5 + payload.length), ca.sign(Buffer.from(payload))]);
    expect(codeOf(() => readBundle(bare))).toBe("ERR_IDENTITY_BUNDLE_SIGNATURE");
  });

  const revoked = createCa(join(base, "revoked"), { cluster: "demo" }, now);
  revoked.makeRevocationList({}, now);

  const cases: readonly [string, string, () => Partial<Bundle>, Partial<BundleExpectation>, Date?][] = [
    ["for another cluster", "ERR_IDENTITY_WRONG_CLUSTER", () => ({}), { principals: [{ cluster: "prod" }] }],
    ["for another kind", "ERR_IDENTITY_WRONG_KIND", () => ({}), { principals: [{}, { kinds: ["user", "service"] }] }],
    ["for another name", "ERR_IDENTITY_WRONG_NAME", () => ({}), { principals: [{ name: "b" }] }],
    ["of another CA", "ERR_IDENTITY_BUNDLE_CA", () => ({}), { signers: [other.authority.fingerprint] }],
    ["of a CA where none is trusted", "ERR_IDENTITY_BUNDLE_CA", () => ({}), { signers: [] }],
    ["that has ended", "ERR_IDENTITY_BUNDLE_EXPIRED", () => ({}), {}, later(8)],
    ["from the future", "ERR_IDENTITY_BUNDLE_NOT_YET_VALID", () => ({ madeAt: later(1), expiresAt: later(2) }), {}],
    ["that ends before it begins", "ERR_IDENTITY_BUNDLE_BROKEN", () => ({ madeAt: later(2), expiresAt: later(1) }), {}],
    ["whose root has ended", "ERR_IDENTITY_EXPIRED", () => ({ expiresAt: later(9999) }), {}, later(4000)],
    ["whose certificate has ended", "ERR_IDENTITY_EXPIRED", () => ({ expiresAt: later(9999) }), {}, later(400)],
    [
      "whose certificate is another principal's",
      "ERR_IDENTITY_BUNDLE_BROKEN",
      () => ({ principal: { cluster: "demo", kind: "vertex", name: "b" } }),
      {},
    ],
    ["with another key", "ERR_IDENTITY_KEY_MISMATCH", () => ({ privateKey: derOf(makeKey().pem) }), {}],
    ["with no key of ours", "ERR_IDENTITY_BUNDLE_BROKEN", () => ({ privateKey: Buffer.from("key") }), {}],
    [
      "with a broken certificate",
      "ERR_IDENTITY_CERTIFICATE_BROKEN",
      () => ({ chain: [Buffer.from("certificate")] }),
      {},
    ],
    [
      "with a root in the leaf's place",
      "ERR_IDENTITY_LEAF_IS_CA",
      () => ({ chain: bundle.roots, privateKey: rootKey() }),
      {},
    ],
    ["whose chain leads elsewhere", "ERR_IDENTITY_UNTRUSTED", () => ({ ...chainAndKeyOf(other) }), {}],
    [
      "with a root of another cluster",
      "ERR_IDENTITY_TRUST_CLUSTER",
      () => ({ roots: [...bundle.roots, ...rootsOf(foreign)] }),
      {},
    ],
    [
      "with a leaf among the roots",
      "ERR_IDENTITY_TRUST_NOT_ROOT",
      () => ({ roots: [...bundle.roots, ...bundle.chain] }),
      {},
    ],
    ["with a broken list", "ERR_IDENTITY_LIST_BROKEN", () => ({ revocationLists: [Buffer.from("list")] }), {}],
    [
      "with another CA's list",
      "ERR_IDENTITY_LIST_UNTRUSTED",
      () => ({
        revocationLists: readBundle(makeInvitation(revoked, { kind: "user", name: "x" }, {}, now).octets)
          .revocationLists,
      }),
      {},
    ],
  ];

  test.each(cases)("%s: %s", (_, code, changes, expectation, at = now) => {
    const octets = signed(changes());
    expect(codeOf(() => checkBundle(readBundle(octets), { ...expected, ...expectation }, at))).toBe(code);
  });

  function rootsOf(authority: typeof ca): readonly Uint8Array[] {
    return readBundle(makeInvitation(authority, { kind: "user", name: "x" }, {}, now).octets).roots;
  }

  function chainAndKeyOf(authority: typeof ca): Pick<Bundle, "chain" | "privateKey"> {
    const { chain, privateKey } = readBundle(makeInvitation(authority, { kind: "vertex", name: "a" }, {}, now).octets);
    return { chain, privateKey };
  }

  function derOf(pem: string | Uint8Array): Uint8Array {
    return readPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  }

  function rootKey(): Uint8Array {
    return derOf(ca.authority.privateKeyPem);
  }
});

test("whatever octets come, a bundle is read or refused by a code", () => {
  const changed = fc
    .array(fc.tuple(fc.nat(invitation.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const octets = Buffer.from(invitation);
      for (const [at, mask] of changes) octets[at] = invitation[at]! ^ mask;
      return octets;
    });
  const json = fc.json({ maxDepth: 4 }).map((text) => signedText(text));
  const near = fc
    .tuple(fc.constantFrom(...Object.keys(JSON.parse(payload) as object)), fc.jsonValue({ maxDepth: 2 }))
    .map(([name, value]) => signedText(JSON.stringify({ ...(JSON.parse(payload) as object), [name]: value })));
  const octets = fc.oneof(changed, json, near, fc.uint8Array({ maxLength: 400 }));
  const property = fc.property(octets, (octets) => {
    const code = codeOf(() => readBundle(octets));
    if (code !== undefined) expect(code).toMatch(/^ERR_IDENTITY_(BUNDLE_BROKEN|BUNDLE_SIGNATURE|VERSION)$/);
  });
  fc.assert(property, { numRuns: runs(400, 150) });
});

interface Vector {
  readonly what: string;
  readonly text: string;
  readonly passphrase?: string;
  /** The CA to be trusted, in the place of the file's. */
  readonly ca?: string;
  readonly key?: string;
}

interface Vectors {
  readonly at: string;
  readonly ca: string;
  readonly accepted: readonly (Vector & {
    readonly principal: string;
    readonly roots: number;
    readonly lists: number;
  })[];
  readonly refused: readonly (Vector & { readonly error: string })[];
}

describe("the vectors for other implementations", () => {
  const vectors = JSON.parse(readFileSync(new URL("../vectors/bundles.json", import.meta.url), "utf8")) as Vectors;

  const open = ({ text, passphrase, ca = vectors.ca, key }: Vector) => {
    const octets = passphrase === undefined ? readBundleText(text) : openSealed(text, passphrase, "BUNDLE");
    const bundle = readBundle(octets);
    const keys = key === undefined ? [] : [Buffer.from(key)];
    return { bundle, checked: checkBundle(bundle, { principals: [], signers: [ca], keys }, new Date(vectors.at)) };
  };

  test.each(vectors.accepted)("$what", (vector) => {
    const { bundle, checked } = open(vector);
    expect(formatPrincipal(checked.credentials.principal)).toBe(vector.principal);
    expect([bundle.roots.length, checked.lists.length]).toEqual([vector.roots, vector.lists]);
    expect(bundle.privateKey === undefined).toBe(vector.key !== undefined);
  });

  test.each(vectors.refused)("$what: $error", (vector) => {
    expect(codeOf(() => open(vector))).toBe(vector.error);
  });
});

test("a fingerprint is taken as our commands and openssl print it", () => {
  const digits = "0123456789abcdef".repeat(4);
  const pairs = digits.toUpperCase().match(/../g)!.join(":");
  for (const text of [digits, `sha256:${digits}`, `SHA256:${digits.toUpperCase()}`, pairs]) {
    expect(parseFingerprint(text)).toBe(digits);
  }
  for (const text of ["", "sha256:", digits.slice(1), `${digits}0`, `sha1:${digits}`, ` ${digits}`]) {
    expect(codeOf(() => parseFingerprint(text))).toBe("ERR_IDENTITY_FINGERPRINT");
  }
});
