/**
 * Certificates whose signature is right and whose encoding is not DER, or says what no certificate may say. The library
 * under the reader takes most of them; we must not.
 */
import {
  AlgorithmIdentifier,
  type GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
} from "@peculiar/asn1-x509";
import { AsnAnyConverter } from "@peculiar/asn1-schema";
import type { OctetString } from "asn1js";
import { describe, expect, test } from "vitest";
import { readCertificate } from "../src/certificates/certificate.ts";
import { readDer, writeDer } from "../src/authority/structures.ts";
import { IdentityError } from "../src/errors.ts";
import { verifyPeer } from "../src/peer.ts";
import { writeCertificatePem } from "../src/certificates/pem.ts";
import { altered as alteredDer, element, partsOf, replaced, signed as signedDer } from "./altered-der.ts";
import { altNames, ca, leaf, type Made, now, rawExtension, type Wish } from "./certificates.ts";

const uri = "spiffe://demo/vertex/a";
const root = ca("demo");
const good = leaf(root, uri);
const { body, algorithm } = partsOf(good.der);
const serial = readCertificate(good.der).serial;

/** "taken", or the code and the message of the refusal. */
function verify(...chain: readonly Uint8Array[]): string {
  try {
    const trustBundlePem = writeCertificatePem(root.der);
    verifyPeer(chain, { trustBundlePem, cluster: "demo", kinds: ["vertex"] }, now);
    return "taken";
  } catch (error) {
    if (error instanceof IdentityError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** The good certificate with one replacement in its body, signed anew by the root. */
function altered(from: string, to: string): Uint8Array {
  return alteredDer(good.der, root.key, from, to);
}

function signed(newBody: string): Uint8Array {
  return signedDer(newBody, algorithm, root.key);
}

test("the way in which these certificates are made is right", () => {
  expect(verify(signed(body))).toBe("taken");
  expect(replaced(body, "0603551d25", "0603551d25")).toBe(body);
  expect(verify(altered(serial, `11${serial.slice(2)}`))).toBe("taken");
});

describe("a certificate is refused that has", () => {
  const validFrom = `170d${Buffer.from("260101000000Z").toString("hex")}`;
  const generalTime = (text: string): string => element("18", Buffer.from(text).toString("hex"));
  const cases: readonly [string, () => Uint8Array][] = [
    ["an octet after its end", () => Buffer.concat([good.der, Buffer.of(0)])],
    ["another certificate after its end", () => Buffer.concat([good.der, good.der])],
    ["an indefinite length", () => Buffer.from(`3080${Buffer.from(good.der).toString("hex").slice(8)}0000`, "hex")],
    ["a length that is not shortest", () => signed(`308300${body.slice(4)}`)],
    ["a version with a needless zero", () => altered("a003020102", "a00402020002")],
    ["version 2", () => altered("a003020102", "a003020101")],
    ["no version", () => altered("a003020102", "")],
    ["a version twice", () => altered("a003020102", "a003020102a003020102")],
    ["a negative serial number", () => altered(serial, `f1${serial.slice(2)}`)],
    ["a serial number with a needless zero", () => altered(`0210${serial}`, `021100${serial}`)],
    ["an empty serial number", () => altered(`0210${serial}`, "0200")],
    ["the serial number zero", () => altered(`0210${serial}`, "020100")],
    ["a serial number of 21 octets", () => altered(`0210${serial}`, element("02", "11".repeat(21)))],
    ["a serial number of 4000 octets", () => altered(`0210${serial}`, element("02", "11".repeat(4000)))],
    ["another signature algorithm inside", () => altered(`0210${serial}${algorithm}`, `0210${serial}300506032b6570`)],
    ["a critical flag of 1", () => altered("0603551d130101ff", "0603551d13010101")],
    ["a critical flag that says the default", () => altered("0603551d25", "0603551d25010100")],
    ["a time with a fraction", () => altered(validFrom, generalTime("20260101000000.5Z"))],
    ["a time without a zone", () => altered(validFrom, generalTime("20260101000000"))],
    ["a time of another zone", () => altered(validFrom, generalTime("20260101010000+0100"))],
    ["a time without seconds", () => altered(validFrom, `170b${Buffer.from("2601010000Z").toString("hex")}`)],
    ["a thirteenth month", () => altered(validFrom, `170d${Buffer.from("261301000000Z").toString("hex")}`)],
    ["a sixtieth second", () => altered(validFrom, `170d${Buffer.from("251231235960Z").toString("hex")}`)],
    ["a sixtieth second in the long form", () => altered(validFrom, generalTime("20251231235960Z"))],
    ["a 24th hour", () => altered(validFrom, `170d${Buffer.from("260101240000Z").toString("hex")}`)],
    ["a year 0", () => altered(validFrom, generalTime("00000101000000Z"))],
    ["a sign in its time", () => altered(validFrom, `170d${Buffer.from("-60101000000Z").toString("hex")}`)],
    ["a 30th of February", () => altered(validFrom, `170d${Buffer.from("260230000000Z").toString("hex")}`)],
    ["a text as its time", () => altered(validFrom, element("0c", Buffer.from("260101000000Z").toString("hex")))],
    ["a sequence more", () => signed(element("30", `${body.slice(8)}3000`))],
    ["an issuer without a name", () => altered(Buffer.from(root.subject).toString("hex"), "3000")],
    ["loose bits after its key", () => altered("03420004", "03420104")],
    ["an extension whose identifier is empty", () => altered("0603551d25", "0600")],
    ["an identifier that is not shortest", () => altered("0603551d13", "060480551d13")],
  ];

  test.each(cases)("%s", (_, make) => {
    expect(verify(make())).toMatch(/^ERR_IDENTITY_CERTIFICATE_BROKEN/);
  });

  const longFlag = element("01", "01".repeat(9000));
  test.each([
    ["in a sequence that nobody looks at", element("30", longFlag)],
    ["that is constructed", element("21", longFlag)],
    ["behind an end of contents", `00${element("01", longFlag).slice(2)}`],
    ["in a string of pieces", element("24", longFlag)],
  ])("a critical flag of 9000 octets %s, which would cost the library half a second", (_, flag) => {
    // The message is ours: the library has not seen the certificate.
    const message = verify(altered("0603551d130101ff", `0603551d13${flag}`));
    expect(message).toMatch(/^ERR_IDENTITY_CERTIFICATE_BROKEN: .*the certificate is not DER$/);
  });

  const nulls = (count: number): string => element("30", "0500".repeat(count));
  const identifier = (octets: number): string => element("06", "01".repeat(octets));
  test.each([
    ["512 elements are read", identifier(3) + nulls(509), undefined],
    ["513 are not", identifier(3) + nulls(510), /more than 512 elements/],
    ["an identifier of 64 octets is read", identifier(64), undefined],
    ["one of 65 is not", identifier(65), /a huge identifier/],
    ["nor is a relative one", identifier(3) + element("0d", "01".repeat(65)), /a huge identifier/],
    ["nor the registeredID of a name", identifier(3) + element("88", "01".repeat(65)), /a huge identifier/],
    ["a string may hold anything", identifier(3) + element("04", longFlag), undefined],
    ["17 KB are too much", identifier(3) + element("04", "00".repeat(17_000)), /octets$/],
  ])("bounds of a structure: %s", (_, content, problem) => {
    const read = (): unknown => readDer(Buffer.from(element("30", content), "hex"), AlgorithmIdentifier, "it");
    if (problem === undefined) expect(read()).toBeInstanceOf(AlgorithmIdentifier);
    else expect(read).toThrow(problem);
  });

  test("what is in a string is not read: that would cost a hundred times as much", () => {
    const string = element("04", longFlag);
    const structure = Buffer.from(element("30", identifier(3) + string), "hex");
    const cpuOf = (action: () => unknown): number => {
      const before = process.cpuUsage();
      action();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    // The least of three runs counts: the garbage of other tests may be collected in one of them.
    const ours = Math.min(...[1, 2, 3].map(() => cpuOf(() => readDer(structure, AlgorithmIdentifier, "it"))));
    const library = cpuOf(() => AsnAnyConverter.toASN(new Uint8Array(Buffer.from(string, "hex")).buffer));
    expect(ours).toBeLessThan(library / 5);
  });

  test("for others the library reads it as ever: after a structure was written, and after one that cannot be", () => {
    const isRead = (): boolean => {
      const { valueBlock } = AsnAnyConverter.toASN(new Uint8Array([4, 2, 5, 0]).buffer) as OctetString;
      return valueBlock.value.length === 1;
    };
    expect(writeDer(new AlgorithmIdentifier({ algorithm: "1.2.3", parameters: null })).length).toBe(8);
    expect(isRead()).toBe(true);
    expect(() => writeDer(undefined)).toThrow(TypeError);
    expect(isRead()).toBe(true);
  });

  test("but not a time in the long form, which RFC 5280 keeps for later years and readers take", () => {
    expect(verify(altered(validFrom, generalTime("20260101000000Z")))).toBe("taken");
  });

  const values: readonly [what: string, oid: string, value: string][] = [
    ["basicConstraints with a default said", id_ce_basicConstraints, "3003010100"],
    ["basicConstraints with a TRUE of 1", id_ce_basicConstraints, "3003010101"],
    ["basicConstraints and something after them", id_ce_basicConstraints, "30000500"],
    ["basicConstraints and something more in them", id_ce_basicConstraints, "30080101ff0201000500"],
    ["a negative path length", id_ce_basicConstraints, "30060101ff0201ff"],
    ["a path length, and is no CA", id_ce_basicConstraints, "3003020100"],
    ["a huge path length", id_ce_basicConstraints, "300b0101ff0206010000000000"],
    ["an empty value", id_ce_keyUsage, ""],
    ["key usage that is a number", id_ce_keyUsage, "020101"],
    ["key usage with bits in its padding", id_ce_keyUsage, "03020783"],
    ["key usage without bits", id_ce_keyUsage, "030100"],
    ["key usage in the form of pieces", id_ce_keyUsage, "230403020780"],
    ["key usage of so many bits that a number loses the first ones", id_ce_keyUsage, `030a0084${"00".repeat(7)}01`],
    ["extended key usage that is a text", id_ce_extKeyUsage, "0c0161"],
    ["extended key usage with a text in it", id_ce_extKeyUsage, "30030c0161"],
    ["names that are no sequence", id_ce_subjectAltName, element("86", Buffer.from(uri).toString("hex"))],
    ["a name in the form of pieces", id_ce_subjectAltName, "3005a603160161"],
    ["a name of a kind that is none", id_ce_subjectAltName, "30038f0161"],
    ["a name longer than what holds it", id_ce_subjectAltName, "3003860261"],
  ];

  test.each(values)("%s", (_, oid, value) => {
    const made = leaf(root, uri, { extensions: { [oid]: rawExtension(oid, true, value) } });
    expect(verify(made.der)).toMatch(/^ERR_IDENTITY_CERTIFICATE_BROKEN/);
  });

  test("too many extensions, or too many octets", () => {
    const many = Array.from({ length: 65 }, (_, i) => [`1.2.3.${i}`, rawExtension(`1.2.3.${i}`, false, "0500")]);
    const crowded = leaf(root, uri, { extensions: Object.fromEntries(many) as Wish["extensions"] & {} });
    expect(verify(crowded.der)).toMatch(/BROKEN.*too many/);
    const huge = leaf(root, uri, { extensions: { big: rawExtension("1.2.3", false, "00".repeat(17_000)) } });
    expect(verify(huge.der)).toMatch(/^ERR_IDENTITY_CHAIN_LIMIT/);
    const large = leaf(root, uri, { extensions: { big: rawExtension("1.2.3", false, "00".repeat(8000)) } });
    expect(verify(large.der)).toBe("taken");
    expect(verify(large.der, large.der)).toMatch(/^ERR_IDENTITY_CHAIN_LIMIT: a chain of \d+ bytes is too large/);
  });
});

describe("nothing that is nested deep or wide", () => {
  const nested = (tag: string, depth: number): string => tag.repeat(depth);
  const shapes: readonly [string, string][] = [
    ["sequences of indefinite length in each other", nested("3080", 8000)],
    ["octet strings of indefinite length in each other", nested("2480", 8000)],
    ["tags of our own in each other", nested("a080", 8000)],
    ["eight thousand nulls", element("30", "0500".repeat(8000))],
    ["eight thousand empty sets", element("30", "3100".repeat(8000))],
    ["a tag number of sixteen thousand octets", `3f${"ff".repeat(16_000)}`],
    ["an identifier of sixteen thousand octets", element("30", element("06", `${"ff".repeat(16_000)}01`))],
    ["an integer of sixteen thousand octets", element("30", element("02", "7f".repeat(16_000)))],
  ];

  test.each(shapes)("holds up the process: %s", (_, hex) => {
    const before = process.cpuUsage();
    expect(verify(Buffer.from(hex, "hex"))).toMatch(/^ERR_IDENTITY_CERTIFICATE_BROKEN/);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(500_000);
  });
});

describe("what other certificates have is taken:", () => {
  const names: readonly [string, Partial<GeneralName>][] = [
    ["a DNS name", { dNSName: "a.example" }],
    ["a mail address", { rfc822Name: "a@a.example" }],
    ["an IPv4 address", { iPAddress: "192.0.2.1" }],
    ["an IPv6 address", { iPAddress: "2001:db8::1" }],
    ["a registered identifier", { registeredID: "1.2.3.4" }],
  ];

  test.each(names)("%s", (_, name) => {
    const extension = altNames(name, { uniformResourceIdentifier: uri });
    const made: Made = leaf(root, uri, { extensions: { [id_ce_subjectAltName]: extension } });
    expect(verify(made.der)).toBe("taken");
  });

  test.each(["03020080", "0303078000"])("key usage %s, with zeros after its last flag", (value) => {
    const made = leaf(root, uri, { extensions: { [id_ce_keyUsage]: rawExtension(id_ce_keyUsage, true, value) } });
    expect(verify(made.der)).toBe("taken");
  });

  test("an extension that is not critical, whatever is in it", () => {
    const made = leaf(root, uri, { extensions: { odd: rawExtension("1.2.3.4", false, "308005ff") } });
    expect(verify(made.der)).toBe("taken");
  });
});
