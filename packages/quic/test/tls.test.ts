/** Shows which flaws of a peer's certificate the TLS library finds by itself, and so which flaws are left for us to check after
 *  it. */

import { describe, expect, test } from "vitest";
import type { QuicCredentials, QuicEvent } from "../src/index.ts";
import { Pair } from "../testing/conformance/index.ts";
import { extendedKeyUsages, keyUsages, makeCertificate } from "./certificate-maker.ts";
import { credentialsOf } from "./credentials.ts";
import { realContext } from "./real-context.ts";

const { serverAuth, clientAuth } = extendedKeyUsages;
const anyUsage = "2.5.29.37.0";
const alert = { handshakeFailure: 40, unsupportedCertificate: 43, certificateUnknown: 46, unknownCa: 48 };

const root = makeCertificate({ name: "root", isCa: true, keyUsage: [keyUsages.keyCertSign] });
const middle = makeCertificate({ name: "middle", isCa: true }, root);
const noCa = makeCertificate({ name: "no-ca" }, root);
const version1 = makeCertificate({ name: "version-1", version: 1 }, root);
const noSigner = makeCertificate({ name: "no-signer", isCa: true, keyUsage: [keyUsages.digitalSignature] }, root);
const forServers = makeCertificate({ name: "for-servers", isCa: true, extendedKeyUsage: [serverAuth] }, root);
const forAnything = makeCertificate({ name: "for-anything", isCa: true, extendedKeyUsage: [anyUsage] }, root);
const good = credentialsOf(makeCertificate({ name: "good" }, root), root);

type Outcome = "accepted" | number;
interface Row {
  readonly what: string;
  readonly credentials: QuicCredentials;
  readonly asClient: Outcome;
  readonly asServer: Outcome;
}

function row(what: string, credentials: QuicCredentials, asClient: Outcome, asServer: Outcome = asClient): Row {
  return { what, credentials, asClient, asServer };
}

const leaf = "leaf";
const rows: Row[] = [
  row("no extension but basic constraints", good, "accepted"),
  row(
    "extended key usage: both",
    credentialsOf(makeCertificate({ name: leaf, extendedKeyUsage: [serverAuth, clientAuth] }, root), root),
    "accepted",
  ),
  row(
    "extended key usage: servers only",
    credentialsOf(makeCertificate({ name: leaf, extendedKeyUsage: [serverAuth] }, root), root),
    alert.unsupportedCertificate,
    "accepted",
  ),
  row(
    "extended key usage: clients only",
    credentialsOf(makeCertificate({ name: leaf, extendedKeyUsage: [clientAuth] }, root), root),
    "accepted",
    alert.unsupportedCertificate,
  ),
  row(
    "extended key usage: something else",
    credentialsOf(makeCertificate({ name: leaf, extendedKeyUsage: ["1.3.6.1.5.5.7.3.4"] }, root), root),
    alert.unsupportedCertificate,
  ),
  row(
    "extended key usage: any",
    credentialsOf(makeCertificate({ name: leaf, extendedKeyUsage: [anyUsage] }, root), root),
    alert.unsupportedCertificate,
  ),
  row(
    "a leaf that says it is a CA",
    credentialsOf(makeCertificate({ name: leaf, isCa: true }, root), root),
    "accepted",
  ),
  row("X.509 version 1", credentialsOf(makeCertificate({ name: leaf, version: 1 }, root), root), "accepted"),
  row(
    "an unknown critical extension",
    credentialsOf(makeCertificate({ name: leaf, unknownCritical: "1.2.3.4.5" }, root), root),
    alert.certificateUnknown,
  ),
  row("issued by a leaf", credentialsOf(makeCertificate({ name: leaf }, noCa), root, [noCa]), alert.unknownCa),
  row(
    "issued by a version 1 certificate",
    credentialsOf(makeCertificate({ name: leaf }, version1), root, [version1]),
    alert.unknownCa,
  ),
  row(
    "issued by a CA that may not sign certificates",
    credentialsOf(makeCertificate({ name: leaf }, noSigner), root, [noSigner]),
    alert.unknownCa,
  ),
  row(
    "issued by a CA for servers only",
    credentialsOf(makeCertificate({ name: leaf }, forServers), root, [forServers]),
    alert.unsupportedCertificate,
    "accepted",
  ),
  row(
    "issued by a CA for any usage",
    credentialsOf(makeCertificate({ name: leaf }, forAnything), root, [forAnything]),
    alert.unsupportedCertificate,
  ),
  row("self-signed", credentialsOf(makeCertificate({ name: leaf }), root), alert.unknownCa),
  row(
    "a chain that holds the root, too",
    credentialsOf(makeCertificate({ name: leaf }, middle), root, [middle, root]),
    "accepted",
  ),
  // The holder's own side refuses these two keys: it has no signature algorithm that both ends know.
  row(
    "a key on P-384",
    credentialsOf(makeCertificate({ name: leaf, algorithm: "p384" }, root), root),
    alert.handshakeFailure,
  ),
  row(
    "an RSA key",
    credentialsOf(makeCertificate({ name: leaf, algorithm: "rsa" }, root), root),
    alert.handshakeFailure,
  ),
];

describe("a certificate", () => {
  test.each(rows)("with $what, shown by a client: $asClient", ({ credentials, asClient }) => {
    const pair = new Pair(realContext, { clientCredentials: credentials, serverCredentials: good });
    pair.settle();
    expect(outcomeOf(pair.serverEvents)).toBe(asClient);
  });

  test.each(rows)("with $what, shown by a server: $asServer", ({ credentials, asServer }) => {
    const pair = new Pair(realContext, { clientCredentials: good, serverCredentials: credentials });
    pair.settle();
    expect(outcomeOf(pair.clientEvents)).toBe(asServer);
  });

  test("whose trust bundle holds the intermediate CA alone verifies nobody: an anchor must be self-signed", () => {
    const under = credentialsOf(makeCertificate({ name: leaf }, middle), middle);
    const pair = new Pair(realContext, { clientCredentials: under, serverCredentials: under });
    pair.settle();
    expect(outcomeOf(pair.clientEvents)).toBe(alert.unknownCa);
  });
});

describe("credentials that no connection can be made with", () => {
  const other = makeCertificate({ name: "other" }, root);
  const onlyEncipherment = makeCertificate({ name: leaf, keyUsage: [keyUsages.keyEncipherment] }, root);
  test.each([
    { what: "an empty chain", credentials: { ...good, certificateChainPem: "" }, says: /certificate chain/ },
    { what: "a chain that is no PEM", credentials: { ...good, certificateChainPem: "x" }, says: /certificate chain/ },
    { what: "a key that is no PEM", credentials: { ...good, privateKeyPem: "x" }, says: /private key/ },
    {
      what: "another certificate's key",
      credentials: { ...good, privateKeyPem: other.privateKeyPem },
      says: /private key/,
    },
    { what: "an empty trust bundle", credentials: { ...good, trustBundlePem: "" }, says: /trust bundle/ },
    { what: "a key that may not sign", credentials: credentialsOf(onlyEncipherment, root), says: /KEY_USAGE/ },
  ])("$what", ({ credentials, says }) => {
    const connect = (): Pair => new Pair(realContext, { clientCredentials: credentials });
    expect(connect).toThrow(says);
    expect(connect).toThrow(expect.objectContaining({ code: "ERR_QUIC_CONFIG" }));
  });
});

function outcomeOf(events: readonly QuicEvent[]): Outcome | undefined {
  for (const event of events) {
    if (event.kind === "established") return "accepted";
    if (event.kind === "closed") return event.code - 0x100;
  }
  return undefined;
}
