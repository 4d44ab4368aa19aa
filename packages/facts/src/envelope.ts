/**
 * The envelope of a record, which is one octet string or one armored block of text:
 *
 *      0         1 … 4              5 …
 *     ┌─────────┬──────────────────┬─────────┬───────┬─────────────────────────────────────────┐
 *     │ version │ payload's length │ payload │ count │ for each signature: key id (32 octets), │
 *     │         │ (big endian)     │ (JSON)  │       │ Ed25519 signature (64 octets)           │
 *     └─────────┴──────────────────┴─────────┴───────┴─────────────────────────────────────────┘
 *
 * A signature is on "FLORENETES FACT", a zero octet, version and payload; the SHA-256 of the same octets is the record's id. So the
 * id does not change when signatures are added or left out.
 */
import { hash } from "node:crypto";
import { isArmored, readArmor, writeArmor } from "@florenetes/operator-text";
import { PAYLOAD_SIZE_MAX, ROOT_PAYLOAD_SIZE_MAX, SIGNATURES_MAX } from "./limits.ts";

export interface Signature {
  /** SHA-256 of the signer's raw public key of 32 octets, in lower-case hex. */
  readonly keyId: string;
  /** 64 octets (RFC 8032, 5.1.6). */
  readonly octets: Uint8Array;
}

export interface Envelope {
  readonly payload: Uint8Array;
  /** At most 16, no two of one key. */
  readonly signatures: readonly Signature[];
}

const LABEL = "FLORENETES FACT";
export const ENVELOPE_VERSION = 1;
const HEADER_SIZE = 5;
/** The octets in front of a payload in what is signed. */
const SIGNED_BEGINNING: Buffer = Buffer.from(`${LABEL}\0${String.fromCharCode(ENVELOPE_VERSION)}`);
const KEY_ID_SIZE = 32;
const SIGNATURE_SIZE = 64;
const ENTRY_SIZE: number = KEY_ID_SIZE + SIGNATURE_SIZE;
/** Canonical payloads of the authority `root` begin so, as `authority` is the first member by name; no others do. */
const ROOT_BEGINNING: Buffer = Buffer.from('{"authority":"root",');

/** Octets of the largest envelope: who reads from a wire or a file need not take more. */
export const ENVELOPE_SIZE_MAX: number = HEADER_SIZE + ROOT_PAYLOAD_SIZE_MAX + 1 + SIGNATURES_MAX * ENTRY_SIZE;

/** Splits the octets of a record. The result's parts are views of `octets`. */
export function readEnvelope(octets: Uint8Array): Envelope | "too-large" | "envelope" {
  if (octets.length > ENVELOPE_SIZE_MAX) return "too-large";
  const whole = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (whole.length < HEADER_SIZE || whole[0] !== ENVELOPE_VERSION) return "envelope";
  const end = HEADER_SIZE + whole.readUInt32BE(1);
  const payload = whole.subarray(HEADER_SIZE, end);
  if (end - HEADER_SIZE > payloadSizeMax(payload)) return "too-large";
  const count = whole[end];
  if (count === undefined || count > SIGNATURES_MAX || whole.length !== end + 1 + count * ENTRY_SIZE) return "envelope";
  const signatures: Signature[] = [];
  for (let at = end + 1; at < whole.length; at += ENTRY_SIZE) {
    const keyId = whole.toString("hex", at, at + KEY_ID_SIZE);
    if (signatures.some((signature) => signature.keyId === keyId)) return "envelope";
    signatures.push({ keyId, octets: whole.subarray(at + KEY_ID_SIZE, at + ENTRY_SIZE) });
  }
  return { payload, signatures };
}

/** The octets of a record. Throws a RangeError for what `readEnvelope` would refuse. */
export function writeEnvelope({ payload, signatures }: Envelope): Buffer<ArrayBuffer> {
  if (payload.length > payloadSizeMax(payload)) throw new RangeError("the payload is too large");
  if (signatures.length > SIGNATURES_MAX) throw new RangeError("there are too many signatures");
  if (new Set(signatures.map(({ keyId }) => keyId)).size < signatures.length) {
    throw new RangeError("two signatures are of one key");
  }
  const header = Buffer.alloc(HEADER_SIZE);
  header[0] = ENVELOPE_VERSION;
  header.writeUInt32BE(payload.length, 1);
  const entries = signatures.flatMap(({ keyId, octets }) => [Buffer.from(keyId, "hex"), octets]);
  const whole = Buffer.concat([header, payload, Buffer.of(signatures.length), ...entries]);
  if (whole.length !== HEADER_SIZE + payload.length + 1 + signatures.length * ENTRY_SIZE) {
    throw new RangeError("a key id has 32 octets, and a signature 64");
  }
  return whole;
}

/** Whether octets may be a record of the authority `root`: a cheap look, before it is read. */
export function isOfRoot(octets: Uint8Array): boolean {
  return ROOT_BEGINNING.equals(octets.subarray(HEADER_SIZE, HEADER_SIZE + ROOT_BEGINNING.length));
}

/** The octets that are signed, and hashed to the record's id. */
export function toBeSigned(payload: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([SIGNED_BEGINNING, payload]);
}

/** The id of the record with this payload: SHA-256 of what is signed, in lower-case hex. */
export function recordIdOf(payload: Uint8Array): string {
  return hash("sha256", toBeSigned(payload), "hex");
}

/** The id of one copy of a record, with the signatures that it has: SHA-256 of all its octets, in lower-case hex. */
export function copyIdOf(octets: Uint8Array): string {
  return hash("sha256", octets, "hex");
}

/** A record as text, between BEGIN and END lines. */
export function writeRecordText(octets: Uint8Array): string {
  return writeArmor(LABEL, octets);
}

/** Says whether a text is meant to be a record. */
export function isRecordText(text: string): boolean {
  return isArmored(LABEL, text);
}

/** The octets of what `writeRecordText` made; undefined when the text is anything but one such block. */
export function readRecordText(text: string): Buffer<ArrayBuffer> | undefined {
  return readArmor(LABEL, text);
}

function payloadSizeMax(payload: Uint8Array): number {
  const beginning = payload.subarray(0, ROOT_BEGINNING.length);
  return ROOT_BEGINNING.equals(beginning) ? ROOT_PAYLOAD_SIZE_MAX : PAYLOAD_SIZE_MAX;
}
