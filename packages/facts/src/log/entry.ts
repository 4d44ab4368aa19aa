/**
 * Entries of a log, each of which names the one before by its hash:
 *
 *      0         1 … 8   9 … 40          41 …
 *     ┌─────────┬───────┬───────────────┬────────┐
 *     │ version │ index │ hash of the   │ record │
 *     │ (1)     │       │ entry before  │        │
 *     └─────────┴───────┴───────────────┴────────┘
 *
 * The hash of an entry is the SHA-256 of "FLORENETES ENTRY", a zero octet, and the entry. The first entry names the log's origin, which is made of
 * the names of cluster and log: so no entry of one log is one of another.
 */
import { createHash } from "node:crypto";
import { ENVELOPE_SIZE_MAX } from "../envelope.ts";
import { INTEGER_MAX } from "../limits.ts";
import { ENTRY_HEADER_SIZE, ENTRY_SIZE_MAX } from "./limits.ts";

/** The last entry of a log, or what comes before its first: index 0, and the origin. */
export interface LogHead {
  readonly index: number;
  /** SHA-256 in lower-case hex. */
  readonly hash: string;
}

export interface Entry extends LogHead {
  /** The hash of the entry before, in lower-case hex. */
  readonly prior: string;
  /** The octets of a record, as they were handed in: nothing here looks into them. */
  readonly record: Uint8Array;
  /** The whole entry. */
  readonly octets: Uint8Array;
}

const VERSION = 1;
const INDEX_AT = 1;
const PRIOR_AT = 9;

/** The head of a log without entries. */
export function originOf(cluster: string, name: string): LogHead {
  const hash = createHash("sha256").update("FLORENETES LOG\0").update(Buffer.of(VERSION)).update(`${cluster}\0${name}`);
  return { index: 0, hash: hash.digest("hex") };
}

/**
 * Entries with these records, the first of which follows a head.
 *
 * @throws RangeError for a record that is empty or larger than any, or an index that nothing can follow
 */
export function entriesAfter(head: LogHead, records: readonly Uint8Array[]): Entry[] {
  const entries: Entry[] = [];
  for (const record of records) entries.push(entryAfter(entries.at(-1) ?? head, record));
  return entries;
}

/** Reads an entry; undefined for octets that are none. The record is a view of `octets`. */
export function readEntry(octets: Uint8Array): Entry | undefined {
  if (octets.length <= ENTRY_HEADER_SIZE || octets.length > ENTRY_SIZE_MAX || octets[0] !== VERSION) return undefined;
  const whole = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const index = whole.readBigUInt64BE(INDEX_AT);
  if (index === 0n || index > BigInt(INTEGER_MAX)) return undefined;
  const prior = whole.toString("hex", PRIOR_AT, ENTRY_HEADER_SIZE);
  return { index: Number(index), prior, record: whole.subarray(ENTRY_HEADER_SIZE), octets: whole, hash: hashOf(whole) };
}

function entryAfter(head: LogHead, record: Uint8Array): Entry {
  if (record.length === 0 || record.length > ENVELOPE_SIZE_MAX) throw new RangeError("a record has 1 to 67,078 octets");
  if (head.index >= INTEGER_MAX) throw new RangeError("the log has no index left");
  const octets = Buffer.alloc(ENTRY_HEADER_SIZE + record.length);
  octets[0] = VERSION;
  octets.writeBigUInt64BE(BigInt(head.index + 1), INDEX_AT);
  octets.write(head.hash, PRIOR_AT, "hex");
  octets.set(record, ENTRY_HEADER_SIZE);
  return {
    index: head.index + 1,
    prior: head.hash,
    record: octets.subarray(ENTRY_HEADER_SIZE),
    octets,
    hash: hashOf(octets),
  };
}

function hashOf(octets: Uint8Array): string {
  return createHash("sha256").update("FLORENETES ENTRY\0").update(octets).digest("hex");
}
