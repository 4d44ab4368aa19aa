/**
 * Posts of programs on the board of a store: each is a list of renewals with the program's signature. A post is the octet 1, and for each record its length (4
 * octets, big-endian) and its octets.
 */
import { hash } from "node:crypto";
import { POST_SIZE_MAX, RENEWALS_A_POST } from "./limits.ts";

const VERSION = 1;
const LENGTH_SIZE = 4;

/** The place of a program's post, as a key id: a key that signs checkpoints, too, has another post for these. */
export function renewalsPlaceOf(keyId: string): string {
  return hash("sha256", `FLORENETES RENEWALS\0${keyId}`, "hex");
}

/** A post with the first ones of some records, as many as it has room for. */
export function writeRenewals(records: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [Buffer.of(VERSION)];
  let size = 1;
  for (const record of records.slice(0, RENEWALS_A_POST)) {
    size += LENGTH_SIZE + record.length;
    if (size > POST_SIZE_MAX) break;
    const length = Buffer.alloc(LENGTH_SIZE);
    length.writeUInt32BE(record.length);
    parts.push(length, record);
  }
  return Buffer.concat(parts);
}

/** The octets of the records of a post, as far as it is one: anybody who may write the store may have put it there. They are views of `octets`. */
export function readRenewals(octets: Uint8Array): readonly Uint8Array[] {
  const whole = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (whole.length > POST_SIZE_MAX || whole[0] !== VERSION) return [];
  const records: Uint8Array[] = [];
  let at = 1;
  while (at + LENGTH_SIZE <= whole.length && records.length < RENEWALS_A_POST) {
    const end = at + LENGTH_SIZE + whole.readUInt32BE(at);
    if (end > whole.length) break;
    records.push(whole.subarray(at + LENGTH_SIZE, end));
    at = end;
  }
  return records;
}
