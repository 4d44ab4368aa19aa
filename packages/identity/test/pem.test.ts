import { describe, expect, test } from "vitest";
import { readCertificatePem, readPem, writeCertificatePem } from "../src/certificates/pem.ts";
import { verifyPeer } from "../src/peer.ts";
import { ca, leaf, now } from "./certificates.ts";

const root = ca("demo");
const alice = leaf(root, "spiffe://demo/user/alice");
const good = writeCertificatePem(alice.der);
const broken: unknown = expect.objectContaining({ code: "ERR_IDENTITY_PEM_BROKEN" });

/** The good block with its base64 changed. */
function body(change: (base64: string) => string): string {
  return good.replace(/(?<=CERTIFICATE-----\n)[^-]+/, change);
}

describe("PEM of a certificate is taken", () => {
  test.each([
    ["as we write it", good],
    ["with CRLF", good.replaceAll("\n", "\r\n")],
    ["without a last line end", good.trimEnd()],
    ["in one line", body((base64) => `${base64.replaceAll("\n", "")}\n`)],
    ["with white space in it", body((base64) => ` \t${base64.split("").join(" ")}\n\n`)],
    ["with text around it", `Bag Attributes\n    localKeyID: 01\nsubject=CN = x\n\n${good}\nand so on\n`],
    ["after a byte order mark", `\uFEFF${good}`],
  ])("%s", (_, text) => {
    expect(readCertificatePem(text)).toEqual([new Uint8Array(alice.der)]);
  });

  test("each of several", () => {
    expect(readCertificatePem(good + writeCertificatePem(root.der))).toHaveLength(2);
  });
});

describe("PEM is refused", () => {
  test.each([
    ["that is empty", ""],
    ["that is no PEM", "certificate"],
    ["with an empty block", body(() => "")],
    ["that ends within a block", good.slice(0, 200)],
    ["that begins within a block", good.slice(40)],
    ["whose end is damaged", good.replace("-----END", "----END")],
    ["whose ends are of two kinds", good.replace("END CERTIFICATE", "END X509 CRL")],
    ["with a second block that is cut off", good + good.slice(0, 200)],
    ["with a beginning in a block", body((base64) => `-----BEGIN CERTIFICATE-----\n${base64}`)],
    ["of a private key", good.replaceAll("CERTIFICATE", "PRIVATE KEY")],
    ["of a request", good.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST")],
    ["of a revocation list", good.replaceAll("CERTIFICATE", "X509 CRL")],
    ["of OpenSSL's trusted kind", good.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")],
    ["of the older name", good.replaceAll("CERTIFICATE", "X509 CERTIFICATE")],
    ["in lower case", good.replaceAll("CERTIFICATE", "certificate")],
    ["with a label of a thousand letters", good.replaceAll("CERTIFICATE", "C".repeat(1000))],
    ["with a header", body((base64) => `Proc-Type: 4,ENCRYPTED\n\n${base64}`)],
    ["with a letter that is not base64", body((base64) => `!${base64}`)],
    ["with base64 for addresses", body((base64) => `-_${base64}`)],
    ["with a letter missing", body((base64) => base64.slice(1))],
    ["with padding in the middle", body((base64) => `MA==${base64}`)],
    ["with loose bits in its padding", body(() => "MB==\n")],
    ["with a zero octet", body((base64) => `\0${base64}`)],
  ])("%s", (_, text) => {
    expect(() => readCertificatePem(text)).toThrow(broken);
    const expected = { trustBundlePem: text, cluster: "demo", kinds: ["user"] as const };
    expect(() => verifyPeer([alice.der], expected, now)).toThrow(broken);
  });

  test("with a message that is short", () => {
    const label = "CERTIFICATE REQUEST FOR YOU".repeat(2);
    expect(() => readPem(good.replaceAll("CERTIFICATE", label), ["X509 CRL"])).toThrow(/^broken PEM: .{1,120}$/);
  });
});
