/** X509-SVID 5: the way to the trust bundle (RFC 5280, 6), times, keys and signatures; and their encoding. */
import { generateKeyPairSync, sign } from "node:crypto";
import {
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { altered, element, partsOf, replaced, signed } from "../altered-der.ts";
import { altNames, ca, extendedKeyUsage, keyUsage, leaf, type Made, now, rawExtension } from "../certificates.ts";
import { edRoot, type Example, root, Rule, uri } from "./example.ts";

const other = ca("demo");
const middle = ca("demo", { issuer: root });
const low = ca("demo", { issuer: middle });
const good = leaf(root, uri);
const below = leaf(low, uri);
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** `count` CAs in a row below the root, the lowest first. */
function ladder(count: number): Made[] {
  const steps: Made[] = [];
  for (let i = 0; i < count; i++) steps.unshift(ca("demo", { issuer: steps[0] ?? root }));
  return steps;
}

const seven = ladder(7);
const eight = ladder(8);
const first = ca("demo");
const second = ca("demo", { issuer: first });
const firstBySecond = ca("demo", { issuer: second, like: first, subject: first.subject });
const impostor = ca("demo", { subject: root.subject });
/** A leaf that has signed itself. */
const lonely = ca("demo", {
  extensions: {
    [id_ce_basicConstraints]: null,
    [id_ce_subjectAltName]: altNames({ uniformResourceIdentifier: uri }),
    [id_ce_keyUsage]: keyUsage(KeyUsageFlags.digitalSignature),
  },
});
const path = new Rule("X509-SVID 5.1, path validation")
  .add("a leaf of a root", "accepted", [good])
  .add("two intermediates", "accepted", [below, low, middle])
  .add("two intermediates in another order", "accepted", [below, middle, low])
  .add("the root sent along", "accepted", [good, root])
  .add("a certificate too many", "accepted", [good, other])
  .add("one of two roots", "accepted", [good], [other, root])
  .add("seven intermediates", "accepted", [leaf(seven[0]!, uri), ...seven])
  .add("eight intermediates", "ERR_IDENTITY_CHAIN_LIMIT", [leaf(eight[0]!, uri), ...eight])
  .add("no certificate", "ERR_IDENTITY_NO_CERTIFICATE", [])
  .add("a missing intermediate", "ERR_IDENTITY_UNTRUSTED", [below, middle])
  .add("another root", "ERR_IDENTITY_UNTRUSTED", [good], [other])
  .add("another root that it brings along", "ERR_IDENTITY_UNTRUSTED", [leaf(other, uri), other])
  .add("a root of the same name and another key", "ERR_IDENTITY_UNTRUSTED", [leaf(impostor, uri)])
  .add("another key's signature", "ERR_IDENTITY_UNTRUSTED", [leaf(root, uri, { signer: other.key })])
  .add("a leaf signed by itself", "ERR_IDENTITY_UNTRUSTED", [lonely])
  .add("a leaf signed by itself, and in the trust bundle", "ERR_IDENTITY_ISSUER_NOT_CA", [lonely], [lonely])
  .add("CAs that signed each other", "ERR_IDENTITY_UNTRUSTED", [leaf(second, uri), second, firstBySecond])
  .add("CAs that signed each other, and one is a root", "accepted", [leaf(second, uri), second, firstBySecond], [first])
  .add(
    "an intermediate in the trust bundle (we are narrower)",
    "ERR_IDENTITY_TRUST_NOT_ROOT",
    [leaf(middle, uri)],
    [middle],
  )
  .add(
    "a root whose signature is another's",
    "ERR_IDENTITY_TRUST_NOT_ROOT",
    [good],
    [ca("demo", { signer: other.key })],
  )
  .leaf("an unknown extension", "accepted", { extensions: { odd: rawExtension("1.2.3.4", false, "0500") } })
  .leaf("an unknown critical extension", "ERR_IDENTITY_EXTENSION", {
    extensions: { odd: rawExtension("1.2.3.4", true, "0500") },
  })
  .under("an unknown critical extension of the root", "ERR_IDENTITY_EXTENSION", {
    extensions: { odd: rawExtension("1.2.3.4", true, "0500") },
  })
  .leaf("an extension twice", "ERR_IDENTITY_CERTIFICATE_BROKEN", {
    extensions: { again: extendedKeyUsage(id_kp_serverAuth, id_kp_clientAuth) },
  });

const before = new Date(now.getTime() - 1000);
const after = new Date(now.getTime() + 1000);
const lateMiddle = ca("demo", { issuer: root, notBefore: after });
const oldMiddle = ca("demo", { issuer: root, notAfter: before });
const validFrom = `170d${hex(Buffer.from("260101000000Z"))}`;
const validUntil = `170d${hex(Buffer.from("270101000000Z"))}`;
const general = (text: string): string => element("18", hex(Buffer.from(text)));
const changed = (from: string, to: string): Uint8Array => altered(good.der, root.key, from, to);
const times = new Rule("RFC 5280 4.1.2.5, validity")
  .leaf("the last second", "accepted", { notAfter: now })
  .leaf("the first second", "accepted", { notBefore: now })
  .leaf("a second too late", "ERR_IDENTITY_EXPIRED", { notAfter: before })
  .leaf("a second too early", "ERR_IDENTITY_NOT_YET_VALID", { notBefore: after })
  .leaf("an end before its start", "ERR_IDENTITY_EXPIRED", { notBefore: before, notAfter: new Date(0) })
  .add("an intermediate that is too early", "ERR_IDENTITY_NOT_YET_VALID", [leaf(lateMiddle, uri), lateMiddle])
  .add("an intermediate that is too late", "ERR_IDENTITY_EXPIRED", [leaf(oldMiddle, uri), oldMiddle])
  .under("a root that is too late", "ERR_IDENTITY_EXPIRED", { notAfter: before })
  .under("a root that is too early", "ERR_IDENTITY_NOT_YET_VALID", { notBefore: after })
  .add("the last second of 2049, as UTCTime", "accepted", [changed(validUntil, utc("491231235959Z"))])
  .add("the first of 2050, as GeneralizedTime", "accepted", [changed(validUntil, general("20500101000000Z"))])
  .add("the year 50 as UTCTime, which is 1950", "ERR_IDENTITY_EXPIRED", [changed(validUntil, utc("500101000000Z"))])
  .add("no end: 99991231235959Z", "accepted", [changed(validUntil, general("99991231235959Z"))])
  .add("a sixtieth second", "ERR_IDENTITY_CERTIFICATE_BROKEN", [changed(validFrom, utc("251231235960Z"))])
  .add("no seconds", "ERR_IDENTITY_CERTIFICATE_BROKEN", [
    changed(validFrom, element("17", hex(Buffer.from("2601010000Z")))),
  ])
  .add("another zone", "ERR_IDENTITY_CERTIFICATE_BROKEN", [changed(validFrom, general("20260101010000+0100"))]);

function utc(text: string): string {
  return `170d${hex(Buffer.from(text))}`;
}

const goodKey = hex(good.publicKeyInfo);
const point = goodKey.slice(-130);
const half = Number.parseInt(point.slice(-2), 16) % 2;
const edKey = hex(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).subarray(-32));
const p256 = "301306072a8648ce3d020106082a8648ce3d030107";
const ed25519 = "300506032b6570";
const withKey = (algorithm: string, key: string): Uint8Array[] => [
  changed(goodKey, element("30", algorithm + element("03", `00${key}`))),
];
const keys = new Rule("Keys (we are narrower: Ed25519 and P-256)")
  .add("P-256", "accepted", [good])
  .leaf("Ed25519", "accepted", { algorithm: "ed25519" })
  .add("P-256 under Ed25519", "accepted", [leaf(edRoot, uri)], [edRoot])
  .add("Ed25519 throughout", "accepted", [leaf(edRoot, uri, { algorithm: "ed25519" })], [edRoot])
  .leaf("P-384", "ERR_IDENTITY_ALGORITHM", { algorithm: "p384" })
  .leaf("RSA", "ERR_IDENTITY_ALGORITHM", { algorithm: "rsa" })
  .add("an Ed25519 key that says it is P-256", "ERR_IDENTITY_ALGORITHM", withKey(p256, edKey))
  .add("a P-256 key that says it is Ed25519", "ERR_IDENTITY_ALGORITHM", withKey(ed25519, point))
  .add("an Ed25519 key with parameters", "ERR_IDENTITY_ALGORITHM", withKey("300706032b65700500", edKey))
  .add("an Ed25519 key that is an octet short", "ERR_IDENTITY_ALGORITHM", withKey(ed25519, edKey.slice(2)))
  .add("a point that is not on the curve", "ERR_IDENTITY_ALGORITHM", withKey(p256, `04${"11".repeat(64)}`))
  .add("the point at infinity", "ERR_IDENTITY_ALGORITHM", withKey(p256, "00"))
  .add("no point", "ERR_IDENTITY_ALGORITHM", withKey(p256, ""))
  .add("a compressed point", "ERR_IDENTITY_ALGORITHM", withKey(p256, `0${2 + half}${point.slice(2, 66)}`))
  .add("a hybrid point", "ERR_IDENTITY_ALGORITHM", withKey(p256, `0${6 + half}${point.slice(2)}`))
  .add("an EC key without a curve", "ERR_IDENTITY_ALGORITHM", withKey("300906072a8648ce3d0201", point))
  .add("an EC key of P-521", "ERR_IDENTITY_ALGORITHM", withKey("301006072a8648ce3d020106052b81040023", point));

const { body, algorithm } = partsOf(good.der);
const sha384 = "300a06082a8648ce3d040303";
const bodySha384 = body.replace(algorithm, sha384);
const signatures = new Rule("Signatures (we are narrower: Ed25519, and ECDSA with SHA-256)")
  .add("ECDSA with SHA-256", "accepted", [good])
  .add("the same with n - s in the place of s, which is as good", "accepted", [
    signed(body, algorithm, root.key, withOtherS(sign("sha256", Buffer.from(body, "hex"), root.key))),
  ])
  .add("ECDSA with SHA-384", "ERR_IDENTITY_ALGORITHM", [
    signed(bodySha384, sha384, root.key, sign("sha384", Buffer.from(bodySha384, "hex"), root.key)),
  ])
  .add("two algorithms that differ", "ERR_IDENTITY_CERTIFICATE_BROKEN", [signed(body, ed25519, root.key)])
  .add("Ed25519 said, by a P-256 key", "ERR_IDENTITY_UNTRUSTED", [
    signed(replaced(body, algorithm, ed25519), ed25519, root.key),
  ])
  .add("an octet after it", "ERR_IDENTITY_UNTRUSTED", [
    signed(
      body,
      algorithm,
      root.key,
      Buffer.concat([sign("sha256", Buffer.from(body, "hex"), root.key), Buffer.of(0)]),
    ),
  ])
  .add("nothing", "ERR_IDENTITY_UNTRUSTED", [signed(body, algorithm, root.key, Buffer.alloc(0))])
  .add("r and s of zero", "ERR_IDENTITY_UNTRUSTED", [
    signed(body, algorithm, root.key, Buffer.from("3006020100020100", "hex")),
  ])
  .add("64 zeros, of Ed25519", "ERR_IDENTITY_UNTRUSTED", [edZeros()], [edRoot]);

/** Makes the other of the two ECDSA signatures that hold. As each signature has such a twin, a certificate is told by its issuer and
 *  serial number, not by its octets. */
function withOtherS(signature: Buffer): Buffer {
  const order = 0xffff_ffff_0000_0000_ffff_ffff_ffff_ffff_bce6_faad_a717_9e84_f3b9_cac2_fc63_2551n;
  const sAt = 4 + signature[3]!;
  const digits = (order - BigInt(`0x${hex(signature.subarray(sAt + 2))}`)).toString(16);
  // DER takes the fewest octets, and one in 512 such numbers is shorter than the order.
  const octets = digits.padStart(digits.length + (digits.length % 2), "0");
  const integer = element("02", Number.parseInt(octets[0]!, 16) < 8 ? octets : `00${octets}`);
  return Buffer.from(element("30", hex(signature.subarray(2, sAt)) + integer), "hex");
}

function edZeros(): Uint8Array {
  const parts = partsOf(leaf(edRoot, uri).der);
  return signed(parts.body, parts.algorithm, edRoot.key, Buffer.alloc(64));
}

const request = element("30", element("30", "020100300031000000"));
const encoding = new Rule("RFC 5280 4.1, the certificate")
  .leaf("a serial number of 20 octets", "accepted", { serial: "7f".repeat(20) })
  .leaf("a serial number of 20 octets and the zero of a high bit", "accepted", { serial: `00${"ff".repeat(20)}` })
  .leaf("a serial number of 21 octets", "ERR_IDENTITY_CERTIFICATE_BROKEN", { serial: "7f".repeat(21) })
  .leaf("a serial number of zero", "ERR_IDENTITY_CERTIFICATE_BROKEN", { serial: "00" })
  .leaf("a negative serial number", "ERR_IDENTITY_CERTIFICATE_BROKEN", { serial: "ff01" })
  .add("an issuer without a name", "ERR_IDENTITY_CERTIFICATE_BROKEN", [changed(hex(root.subject), "3000")])
  .add("version 1", "ERR_IDENTITY_CERTIFICATE_BROKEN", [changed("a003020102", "")])
  .add("a subject in Latin-1", "accepted", [leaf(root, uri, { subject: nameOf("14", "e96c") })])
  .add("the text of a PEM file", "ERR_IDENTITY_CERTIFICATE_BROKEN", [Buffer.from("-----BEGIN CERTIFICATE-----\n")])
  .add("a private key", "ERR_IDENTITY_CERTIFICATE_BROKEN", [root.key.export({ type: "pkcs8", format: "der" })])
  .add("a public key", "ERR_IDENTITY_CERTIFICATE_BROKEN", [root.publicKeyInfo])
  .add("something like a request", "ERR_IDENTITY_CERTIFICATE_BROKEN", [Buffer.from(request, "hex")])
  .add("no octets", "ERR_IDENTITY_CERTIFICATE_BROKEN", [new Uint8Array()])
  .add("its first half", "ERR_IDENTITY_CERTIFICATE_BROKEN", [good.der.subarray(0, good.der.length / 2)])
  .add("all but its last octet", "ERR_IDENTITY_CERTIFICATE_BROKEN", [good.der.subarray(0, -1)])
  .add("an octet after its end", "ERR_IDENTITY_CERTIFICATE_BROKEN", [Buffer.concat([good.der, Buffer.of(0)])])
  .add("a broken certificate after a right one", "ERR_IDENTITY_CERTIFICATE_BROKEN", [good, Buffer.from("3000", "hex")])
  .add("16385 octets", "ERR_IDENTITY_CHAIN_LIMIT", [Buffer.alloc(16_385, 0x30)]);

/** A distinguished name of one common name, of a string type. */
function nameOf(tag: string, text: string): Uint8Array {
  return Buffer.from(element("30", element("31", element("30", `0603550403${element(tag, text)}`))), "hex");
}

export const validationExamples: readonly Example[] = [path, times, keys, signatures, encoding].flatMap(
  ({ examples }) => examples,
);
