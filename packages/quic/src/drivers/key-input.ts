/** A private key in PEM as node:crypto takes it. Of octets no copy is made. */
export function keyInput(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.length);
}

/** A private key in PEM as engines take it: octets. */
export function keyOctets(pem: string | Uint8Array): Uint8Array {
  return typeof pem === "string" ? new TextEncoder().encode(pem) : pem;
}
