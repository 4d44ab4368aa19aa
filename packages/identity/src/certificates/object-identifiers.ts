/** Object identifiers (X.660) in their dotted form. */

/** Identifiers of what certificates, requests and lists have (RFC 5280, RFC 5480, RFC 8410). */
export const Oid = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  ed25519: "1.3.101.112",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  crlReason: "2.5.29.21",
  deltaCrlIndicator: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  certificateIssuer: "2.5.29.29",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** Writes the content of an OBJECT IDENTIFIER that `checkDer` has taken (X.690, 8.19). */
export function formatIdentifier(content: Uint8Array): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const octet of content) {
    number = (number << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [first, ...others] = numbers as [bigint, ...bigint[]];
  // The first two numbers are one: the first is 2 at most, and below 2 the second is below 40.
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join(".");
}
