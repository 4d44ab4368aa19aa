import { isShownAsIs } from "@florenetes/operator-text";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Extension,
  type GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { Oid } from "../src/certificates/object-identifiers.ts";
import { certificateFacts } from "../src/certificates/inspection.ts";
import { writeName } from "../src/authority/ca/certificate-writer.ts";
import { IdentityError, type IdentityErrorCode } from "../src/errors.ts";
import { type PeerExpectation, verifyPeer } from "../src/peer.ts";
import { writeCertificatePem } from "../src/certificates/pem.ts";
import {
  altNames,
  basicConstraints,
  ca,
  extendedKeyUsage,
  future,
  keyUsage,
  leaf,
  type Made,
  now,
  past,
  rawExtension,
} from "./certificates.ts";

const root = ca("demo");
const other = ca("demo");
const foreign = ca("elsewhere");
const middle = ca("demo", { issuer: root });
const low = ca("demo", { issuer: middle });
const uri = "spiffe://demo/vertex/a";
const good = leaf(root, uri);

function expectation(...roots: readonly Made[]): PeerExpectation {
  return { trustBundlePem: pem(...roots), cluster: "demo", kinds: ["vertex"] };
}

function pem(...made: readonly Made[]): string {
  return writeCertificatePem(...made.map(({ der }) => der));
}

function verify(chain: readonly Made[], expected: PeerExpectation = expectation(root), at: Date = now): string {
  try {
    const { cluster, kind, name } = verifyPeer(
      chain.map(({ der }) => der),
      expected,
      at,
    ).principal;
    return `${cluster}:${kind}/${name}`;
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
}

describe("a peer is taken", () => {
  const renewedRoot = ca("demo", { like: root, subject: root.subject, notBefore: past, notAfter: future });
  const expiredRoot = ca("demo", { like: root, subject: root.subject, notAfter: new Date("2026-02-01T00:00:00Z") });
  const edRoot = ca("demo", { algorithm: "ed25519" });
  const bareRoot = ca("demo", { extensions: { [id_ce_subjectAltName]: null } });
  const withDns = leaf(root, uri, {
    extensions: { [id_ce_subjectAltName]: altNames({ dNSName: "a.example" }, { uniformResourceIdentifier: uri }) },
  });
  const cases: readonly [string, readonly Made[], PeerExpectation][] = [
    ["by a root", [good], expectation(root)],
    ["when its chain holds the root too", [good, root], expectation(root)],
    ["through an intermediate", [leaf(middle, uri), middle], expectation(root)],
    ["through two", [leaf(low, uri), low, middle], expectation(root)],
    ["through two in another order", [leaf(low, uri), middle, low], expectation(root)],
    ["when its chain holds something else besides", [good, foreign, other], expectation(root)],
    ["by one of several roots", [good], expectation(other, foreign, root)],
    ["by a renewed root beside the expired one of the same key", [good], expectation(expiredRoot, renewedRoot)],
    ["with Ed25519 throughout", [leaf(edRoot, uri, { algorithm: "ed25519" })], expectation(edRoot)],
    ["with Ed25519 under a P-256 root", [leaf(root, uri, { algorithm: "ed25519" })], expectation(root)],
    ["with P-256 under an Ed25519 root", [leaf(edRoot, uri)], expectation(edRoot)],
    ["by a root that names no cluster", [leaf(bareRoot, uri)], expectation(bareRoot)],
    ["with names of other kinds", [withDns], expectation(root)],
    ["without extended key usage", [leaf(root, uri, { extensions: { [id_ce_extKeyUsage]: null } })], expectation(root)],
    [
      "without basicConstraints",
      [leaf(root, uri, { extensions: { [id_ce_basicConstraints]: null } })],
      expectation(root),
    ],
  ];

  test.each(cases)("%s", (_, chain, expected) => {
    expect(verify(chain, expected)).toBe("demo:vertex/a");
  });

  test("on the first and on the last second of its validity", () => {
    expect(verify([good], expectation(root), past)).toBe("demo:vertex/a");
    expect(verify([good], expectation(root), future)).toBe("demo:vertex/a");
  });

  test("by its own root, however many bundles are verified against in turn", () => {
    const roots = Array.from({ length: 20 }, () => ca("demo"));
    const peers = roots.map((each) => leaf(each, uri));
    for (const offset of [0, 0, 1]) {
      const results = peers.map((peer, i) => verify([peer], expectation(roots[(i + offset) % roots.length]!)));
      expect(new Set(results)).toEqual(new Set([offset === 0 ? "demo:vertex/a" : "ERR_IDENTITY_UNTRUSTED"]));
    }
  });

  test("by its name and kind when these are asked for", () => {
    const user = leaf(root, "spiffe://demo/user/alice");
    const expected: PeerExpectation = { ...expectation(root), kinds: ["service", "user"], name: "alice" };
    expect(verify([user], expected)).toBe("demo:user/alice");
  });
});

function withNames(...names: readonly Partial<GeneralName>[]): Made {
  return leaf(root, uri, { extensions: { [id_ce_subjectAltName]: altNames(...names) } });
}

function withExtension(oid: string, extension: Extension | null): Made {
  return leaf(root, uri, { extensions: { [oid]: extension } });
}

function underRoot(oid: string, extension: Extension | null): [readonly Made[], PeerExpectation] {
  const odd = ca("demo", { extensions: { [oid]: extension } });
  return [[leaf(odd, uri)], expectation(odd)];
}

describe("a peer is refused", () => {
  const lateMiddle = ca("demo", { issuer: root, notBefore: new Date("2026-06-02T00:00:00Z") });
  const noCaMiddle = ca("demo", { issuer: root, extensions: { [id_ce_basicConstraints]: basicConstraints(false) } });
  const flatRoot = ca("demo", { extensions: { [id_ce_basicConstraints]: basicConstraints(true, 0) } });
  const belowFlat = ca("demo", { issuer: flatRoot });
  const foreignMiddle = ca("elsewhere", { issuer: root });
  const impostor = leaf(root, uri, { signer: other.key });
  const namedLeaf = leaf(root, uri, { subject: writeName([Oid.commonName, "a"]) });
  const unknown = rawExtension("1.2.3.4.5", true, "3000");
  const constraints = rawExtension(id_ce_nameConstraints, false, "3000");
  const cases: readonly [IdentityErrorCode, string, readonly Made[], PeerExpectation?][] = [
    ["ERR_IDENTITY_NO_CERTIFICATE", "without a certificate", []],
    ["ERR_IDENTITY_UNTRUSTED", "of another root", [leaf(other, uri)]],
    ["ERR_IDENTITY_UNTRUSTED", "of another root that it brings along", [leaf(other, uri), other]],
    ["ERR_IDENTITY_UNTRUSTED", "without its intermediate", [leaf(middle, uri)]],
    ["ERR_IDENTITY_UNTRUSTED", "signed by another key in the issuer's name", [impostor]],
    ["ERR_IDENTITY_UNTRUSTED", "signed by itself", [ca("demo")]],
    ["ERR_IDENTITY_EXPIRED", "whose time is over", [leaf(root, uri, { notAfter: new Date("2026-06-01T11:59:59Z") })]],
    ["ERR_IDENTITY_NOT_YET_VALID", "too early", [leaf(root, uri, { notBefore: new Date("2026-06-01T12:00:01Z") })]],
    ["ERR_IDENTITY_NOT_YET_VALID", "whose intermediate is too early", [leaf(lateMiddle, uri), lateMiddle]],
    ["ERR_IDENTITY_EXPIRED", "whose root is over", ...expired()],
    ["ERR_IDENTITY_LEAF_IS_CA", "that is a CA", [withExtension(id_ce_basicConstraints, basicConstraints(true))]],
    ["ERR_IDENTITY_LEAF_IS_CA", "that is the cluster's CA itself", [middle]],
    ["ERR_IDENTITY_ISSUER_NOT_CA", "issued by a leaf", [leaf(namedLeaf, uri), namedLeaf]],
    ["ERR_IDENTITY_ISSUER_NOT_CA", "issued by a CA:FALSE", [leaf(noCaMiddle, uri), noCaMiddle]],
    ["ERR_IDENTITY_ISSUER_NOT_CA", "deeper than pathlen", [leaf(belowFlat, uri), belowFlat], expectation(flatRoot)],
    ["ERR_IDENTITY_URI_COUNT", "without a URI", [withExtension(id_ce_subjectAltName, null)]],
    [
      "ERR_IDENTITY_URI_COUNT",
      "with two URIs",
      [withNames({ uniformResourceIdentifier: uri }, { uniformResourceIdentifier: "spiffe://demo/vertex/b" })],
    ],
    [
      "ERR_IDENTITY_URI_COUNT",
      "with the same URI twice",
      [withNames({ uniformResourceIdentifier: uri }, { uniformResourceIdentifier: uri })],
    ],
    ["ERR_IDENTITY_URI_COUNT", "with a URI inside a DNS name", [withNames({ dNSName: `x, URI:${uri}` })]],
    [
      "ERR_IDENTITY_PRINCIPAL_SYNTAX",
      "with more in its URI",
      [withNames({ uniformResourceIdentifier: `${uri}, URI:${uri}` })],
    ],
    [
      "ERR_IDENTITY_PRINCIPAL_SYNTAX",
      "with the URI of a web page",
      [withNames({ uniformResourceIdentifier: "https://demo/vertex/a" })],
    ],
    [
      "ERR_IDENTITY_PRINCIPAL_SYNTAX",
      "with the cluster's URI",
      [withNames({ uniformResourceIdentifier: "spiffe://demo" })],
    ],
    [
      "ERR_IDENTITY_CERTIFICATE_BROKEN",
      "with a zero in its URI",
      [withNames({ uniformResourceIdentifier: `${uri}\0.example` })],
    ],
    ["ERR_IDENTITY_KEY_USAGE", "without key usage", [withExtension(id_ce_keyUsage, null)]],
    [
      "ERR_IDENTITY_KEY_USAGE",
      "that may not sign",
      [withExtension(id_ce_keyUsage, keyUsage(KeyUsageFlags.keyAgreement))],
    ],
    [
      "ERR_IDENTITY_KEY_USAGE",
      "that may sign certificates",
      [withExtension(id_ce_keyUsage, keyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign))],
    ],
    [
      "ERR_IDENTITY_KEY_USAGE",
      "that may sign CRLs",
      [withExtension(id_ce_keyUsage, keyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign))],
    ],
    [
      "ERR_IDENTITY_KEY_USAGE",
      "for servers only",
      [withExtension(id_ce_extKeyUsage, extendedKeyUsage(id_kp_serverAuth))],
    ],
    ["ERR_IDENTITY_KEY_USAGE", "whose CA may not sign", ...underRoot(id_ce_keyUsage, keyUsage(KeyUsageFlags.cRLSign))],
    ["ERR_IDENTITY_KEY_USAGE", "whose CA has no key usage", ...underRoot(id_ce_keyUsage, null)],
    ["ERR_IDENTITY_EXTENSION", "with an unknown critical extension", [withExtension("1.2.3.4.5", unknown)]],
    ["ERR_IDENTITY_EXTENSION", "whose CA has name constraints", ...underRoot(id_ce_nameConstraints, constraints)],
    [
      "ERR_IDENTITY_CERTIFICATE_BROKEN",
      "with an extension twice",
      [withExtension("again", keyUsage(KeyUsageFlags.digitalSignature))],
    ],
    ["ERR_IDENTITY_ALGORITHM", "with an RSA key", [leaf(root, uri, { algorithm: "rsa" })]],
    ["ERR_IDENTITY_ALGORITHM", "with a P-384 key", [leaf(root, uri, { algorithm: "p384" })]],
    ["ERR_IDENTITY_TRUST_CLUSTER", "under the root of another cluster", [leaf(foreign, uri)], expectation(foreign)],
    ["ERR_IDENTITY_TRUST_CLUSTER", "by the intermediate of another cluster", [leaf(foreignMiddle, uri), foreignMiddle]],
    ["ERR_IDENTITY_TRUST_NOT_ROOT", "by an intermediate in the bundle", [leaf(middle, uri)], expectation(middle)],
    ["ERR_IDENTITY_WRONG_CLUSTER", "of another cluster", ...elsewhere()],
    ["ERR_IDENTITY_WRONG_KIND", "of another kind", [leaf(root, "spiffe://demo/user/a")]],
    ["ERR_IDENTITY_WRONG_NAME", "of another name", [good], { ...expectation(root), name: "b" }],
    ["ERR_IDENTITY_CHAIN_LIMIT", "with a long chain", Array.from({ length: 9 }, () => good)],
    ["ERR_IDENTITY_PEM_BROKEN", "when the bundle is empty", [good], { ...expectation(root), trustBundlePem: "" }],
  ];

  function expired(): [readonly Made[], PeerExpectation] {
    const old = ca("demo", { notAfter: new Date("2026-02-01T00:00:00Z") });
    return [[leaf(old, uri)], expectation(old)];
  }

  function elsewhere(): [readonly Made[], PeerExpectation] {
    return [[leaf(foreign, "spiffe://elsewhere/vertex/a")], expectation(foreign)];
  }

  test.each(cases)("%s: %s", (code, _, chain, expected) => {
    expect(verify(chain, expected)).toBe(code);
  });

  test("with both times in the message when it is about validity", () => {
    const old = leaf(root, uri, { notAfter: new Date("2026-03-04T05:06:07Z") });
    expect(() => verifyPeer([old.der], expectation(root), now)).toThrow(
      /valid until 2026-03-04T05:06:07.000Z.*it is 2026-06-01T12:00:00.000Z/,
    );
  });

  test("that showed nothing at all", () => {
    const error: unknown = expect.objectContaining({ code: "ERR_IDENTITY_NO_CERTIFICATE" });
    expect(() => verifyPeer(undefined, expectation(root), now)).toThrow(error);
  });

  test("naming what was expected and what came", () => {
    const vertex = { ...expectation(root), kinds: ["user", "service"] as const };
    expect(() => verifyPeer([good.der], vertex, now)).toThrow("expected a user or service, this is vertex/a");
  });
});

describe("whatever a peer shows", () => {
  test("a certificate with one changed bit is refused", () => {
    const bit = fc.nat(good.der.length * 8 - 1);
    fc.assert(
      fc.property(bit, (bit) => {
        const der = Uint8Array.from(good.der);
        der[bit >> 3]! ^= 1 << (bit & 7);
        expect(verify([{ ...good, der }])).toMatch(/^ERR_IDENTITY_/);
      }),
      { numRuns: runs(500, 150) },
    );
  });

  test("octets of any kind end in a coded refusal", () => {
    const cut = fc.nat(good.der.length - 1).map((length) => good.der.subarray(0, length));
    const nested = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 10 }).map((parts) => {
      const content = Buffer.concat([...parts, Buffer.of(0xa0, 0)]);
      return Buffer.concat([Buffer.of(0x30, content.length), content]);
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array(), cut, nested), { minLength: 1, maxLength: 3 }), (ders) => {
        expect(verify(ders.map((der) => ({ ...good, der })))).toMatch(/^ERR_IDENTITY_/);
      }),
      { numRuns: runs(500, 150) },
    );
  });

  test("the message holds nothing that a terminal obeys", () => {
    const evil = leaf(root, uri, {
      extensions: { [id_ce_subjectAltName]: null },
      subject: writeName([Oid.commonName, "\u001B[2J\u202Ex"]),
    });
    expect(() => verifyPeer([evil.der], expectation(other), now)).toThrow(String.raw`CN=\u{1b}[2J\u{202e}x`);
    const withDelete = withNames({ uniformResourceIdentifier: "spiffe://demo/user/\u007F" });
    expect(verify([withDelete])).toBe("ERR_IDENTITY_CERTIFICATE_BROKEN");
  });

  test("whatever a name holds, the message and what inspect shows are shown as they are", () => {
    const anyName = fc.string({ unit: "binary", maxLength: 300 }).filter((name) => name.isWellFormed());
    const extensions = { [id_ce_subjectAltName]: null };
    fc.assert(
      fc.property(anyName, (name) => {
        const { der } = leaf(root, uri, { extensions, subject: writeName([Oid.commonName, name]) });
        const facts = certificateFacts(der);
        const texts = [facts.subject, facts.issuer, ...facts.uris];
        try {
          verifyPeer([der], expectation(other), now);
        } catch (error) {
          texts.push((error as IdentityError).message);
        }
        expect(texts.length).toBe(3);
        for (const text of texts) expect(isShownAsIs(text, 2_000), JSON.stringify(text)).toBe(true);
      }),
      { numRuns: runs(100, 40) },
    );
  });

  test("the message is short, however much there is to be told", () => {
    const long = "x".repeat(3000);
    // The longest object identifier that is read.
    const attribute = `1.2.${Array.from({ length: 31 }, (_, i) => i + 200).join(".")}`;
    const names = Array.from({ length: 40 }, () => [attribute, "x"] as const);
    const text = [Oid.commonName, long] as const;
    const talkative: readonly Made[] = [
      leaf(other, uri, {
        subject: writeName(text, text, text, text, text),
        extensions: { [id_ce_subjectAltName]: null },
      }),
      leaf(other, uri, { subject: writeName(...names), extensions: { [id_ce_subjectAltName]: null } }),
      withNames(
        ...Array.from({ length: 60 }, (_, i) => ({ uniformResourceIdentifier: `${uri}${i}${long.slice(0, 200)}` })),
      ),
      withNames({ uniformResourceIdentifier: `spiffe://demo/user/${long}` }),
      withExtension(attribute, rawExtension(attribute, true, "0500")),
    ];
    for (const { der } of talkative) {
      let message = "";
      try {
        verifyPeer([der], expectation(root), now);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message.length).toBeGreaterThan(0);
      expect(message.length).toBeLessThan(800);
    }
  });
});
