/** Octets of the fields of a message, as `FieldReader` reads them. */
import { writeUint16, writeUint32, writeUint64 } from "@florenetes/wire-values";

/** @param value At most 255 octets of UTF-8 */
export function text(value: string): Uint8Array {
  const octets = Buffer.from(value);
  return Buffer.concat([Buffer.of(octets.length), octets]);
}

export function number(value: number): Uint8Array {
  const octets = new Uint8Array(8);
  writeUint64(octets, 0, value);
  return octets;
}

export function uint32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  writeUint32(octets, 0, value);
  return octets;
}

export function uint16(value: number): Uint8Array {
  const octets = new Uint8Array(2);
  writeUint16(octets, 0, value);
  return octets;
}
