/** Private keys in PEM: read from whatever tool wrote them, and written in one plain form. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { secretMemory } from "@florenetes/native";
import { IdentityError } from "./errors.ts";

const PARAMETERS_BEGIN = "-----BEGIN EC PARAMETERS-----";
const PARAMETERS_END = "-----END EC PARAMETERS-----";
const NEWLINE = 0x0a;

/** Throws ERR_IDENTITY_KEY_BROKEN. */
export function readPrivateKey(pem: string | Uint8Array): KeyObject {
  const key = typeof pem === "string" ? Buffer.from(pem) : Buffer.from(pem.buffer, pem.byteOffset, pem.length);
  if (key.includes("-----BEGIN ENCRYPTED") || key.includes("Proc-Type: 4,ENCRYPTED")) {
    throw new IdentityError("ERR_IDENTITY_KEY_BROKEN", "the private key is protected by a passphrase");
  }
  try {
    return createPrivateKey({ key: withoutParameters(key), format: "pem" });
  } catch {
    // The cause is left out: it could quote the file.
    throw new IdentityError("ERR_IDENTITY_KEY_BROKEN", "no private key that can be read");
  }
}

/** OpenSSL writes the parameters of a curve in front of a SEC 1 key, where they say nothing that the key does not say. */
function withoutParameters(pem: Buffer): Buffer {
  const begin = pem.indexOf(PARAMETERS_BEGIN);
  const end = pem.indexOf(PARAMETERS_END, begin);
  if (begin < 0 || end < 0) return pem;
  return begin < pem.indexOf("PRIVATE KEY-----") ? pem.subarray(end + PARAMETERS_END.length) : pem.subarray(0, begin);
}

/** PKCS #8 in its first version, which every TLS library reads. */
export function writePrivateKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

const BEGIN = Buffer.from("-----BEGIN PRIVATE KEY-----\n");
const END = Buffer.from("-----END PRIVATE KEY-----\n");
const DIGITS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;
/** Octets in a line of 64 digits. */
const LINE = 48;

/** Writes a private key as PEM into memory for secrets. It is never a string, which nobody could take back from the heap. */
export function holdPrivateKey(key: KeyObject): Uint8Array {
  const der = key.export({ type: "pkcs8", format: "der" });
  const lines = Math.ceil(der.length / LINE);
  const pem = secretMemory(BEGIN.length + 4 * Math.ceil(der.length / 3) + lines + END.length);
  pem.set(BEGIN);
  let at = BEGIN.length;
  for (let from = 0; from < der.length; from += LINE) {
    at = writeBase64(der.subarray(from, from + LINE), pem, at);
    pem[at++] = NEWLINE;
  }
  pem.set(END, at);
  der.fill(0);
  return pem;
}

/** Returns where the digits end. */
function writeBase64(octets: Uint8Array, out: Uint8Array, at: number): number {
  for (let from = 0; from < octets.length; from += 3) {
    const group = ((octets[from] ?? 0) << 16) | ((octets[from + 1] ?? 0) << 8) | (octets[from + 2] ?? 0);
    out[at++] = DIGITS[group >> 18]!;
    out[at++] = DIGITS[(group >> 12) & 63]!;
    out[at++] = from + 1 < octets.length ? DIGITS[(group >> 6) & 63]! : PADDING;
    out[at++] = from + 2 < octets.length ? DIGITS[group & 63]! : PADDING;
  }
  return at;
}
