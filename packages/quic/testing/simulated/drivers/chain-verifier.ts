import { X509Certificate } from "node:crypto";
import type { VerifyChain } from "../handshake.ts";

/** RFC 8446, 6.2. */
const alerts = { badCertificate: 42, certificateExpired: 45, unknownCa: 48, certificateRequired: 116 } as const;

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Verifies chains by their signatures and validity, as far as meshes need it: a leaf, intermediates in any order, an anchor that is
 * self-signed. It does not look at what TLS libraries refuse beyond that (docs/develop/quic.md has the table).
 *
 * @param wallClock milliseconds since 1970.
 */
export function chainVerifier(wallClock: () => number): VerifyChain {
  return (chain, trustBundlePem, endedMs) => {
    const [leaf, ...others] = chain.map((der) => new X509Certificate(der));
    if (leaf === undefined) return alerts.certificateRequired;
    const anchors = (trustBundlePem.match(certificate) ?? [])
      .map((pem) => new X509Certificate(pem))
      .filter((anchor) => isIssuedBy(anchor, anchor));
    const path = pathTo(anchors, leaf, others);
    if (path === undefined) return alerts.unknownCa;
    const now = wallClock();
    if (path.some(({ validToDate }) => validToDate.getTime() + endedMs < now)) return alerts.certificateExpired;
    return path.some(({ validFromDate }) => validFromDate.getTime() > now) ? alerts.badCertificate : undefined;
  };
}

/** The way from the leaf to an anchor; undefined when there is none. */
function pathTo(
  anchors: readonly X509Certificate[],
  leaf: X509Certificate,
  others: readonly X509Certificate[],
): X509Certificate[] | undefined {
  const path = [leaf];
  for (let last = leaf; path.length <= others.length + 1; path.push(last)) {
    const anchor = anchors.find((one) => isIssuedBy(last, one));
    if (anchor !== undefined) return [...path, anchor];
    const next = others.find((one) => !path.includes(one) && isIssuedBy(last, one));
    if (next === undefined) return undefined;
    last = next;
  }
  return undefined;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
