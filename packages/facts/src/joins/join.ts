/**
 * A join: the message by which a node without a record asks to be let in by a token. It has no secret: the node's key and the token's have signed it, so that it may be shown to
 * anybody, and says nothing for another name or key.
 *
 *      0         1 … 2              3 …
 *     ┌─────────┬──────────────────┬─────────┬───────────────────────┬────────────────────────┐
 *     │ version │ payload's length │ payload │ signature by the      │ signature by the       │
 *     │         │ (big endian)     │ (JSON)  │ node's key: 64 octets │ token's key: 64 octets │
 *     └─────────┴──────────────────┴─────────┴───────────────────────┴────────────────────────┘
 *
 * Signed are "FLORENETES JOIN", a zero octet, version and payload.
 */
import { isArmored, readArmor, writeArmor } from "@florenetes/operator-text";
import { z } from "zod";
import { readCanonical, writeCanonical } from "../canonical.ts";
import { formatTime, hashField, nameField, timeField } from "../fields.ts";
import { isSignedBy } from "../keys.ts";
import { JOIN_PAYLOAD_SIZE_MAX } from "../limits.ts";

/** The node that asks to be let in, and the token by which it does. */
export interface JoinMembers {
  readonly cluster: string;
  /** The name that the node wants to have. */
  readonly node: string;
  /** The raw Ed25519 public key of the node's agent: 32 octets in lower-case hex. */
  readonly key: string;
  /** The raw public key of the token, of which its record has the id. */
  readonly token: string;
  /** When the join was made, in milliseconds since 1970. */
  readonly time: number;
}

export interface Join extends JoinMembers {
  readonly payload: Uint8Array;
  /** The signature by the node's key: its bearer has that key. */
  readonly byNode: Uint8Array;
  /** The signature by the token's key. */
  readonly byToken: Uint8Array;
}

const LABEL = "FLORENETES JOIN";
const VERSION = 1;
const HEADER_SIZE = 3;
const SIGNATURE_SIZE = 64;
const SCHEMA = 1;
const SIGNED_BEGINNING: Buffer = Buffer.from(`${LABEL}\0${String.fromCharCode(VERSION)}`);

/** Octets of the largest join. */
export const JOIN_SIZE_MAX: number = HEADER_SIZE + JOIN_PAYLOAD_SIZE_MAX + 2 * SIGNATURE_SIZE;

const members = z.strictObject({
  schema: z.literal(SCHEMA),
  cluster: nameField,
  node: nameField,
  key: hashField,
  token: hashField,
  time: timeField,
});

/** The canonical payload of a join. Throws a RangeError for members that `readJoin` would refuse. */
export function writeJoinPayload({ cluster, node, key, token, time }: JoinMembers): Buffer<ArrayBuffer> {
  const payload = writeCanonical({ schema: SCHEMA, cluster, node, key, token, time: formatTime(time) });
  if (readJoinPayload(payload) === undefined) throw new RangeError("a name, a key or the time is none");
  return payload;
}

/** The members of a payload; undefined for octets that are none. */
export function readJoinPayload(payload: Uint8Array): JoinMembers | undefined {
  if (payload.length > JOIN_PAYLOAD_SIZE_MAX) return undefined;
  const read = members.safeParse(readCanonical(payload));
  if (!read.success) return undefined;
  const { schema: _schema, ...rest } = read.data;
  return rest;
}

/** The octets that the node's key and the token's sign. */
export function joinToBeSigned(payload: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([SIGNED_BEGINNING, payload]);
}

/** The octets of a join. */
export function writeJoin({ payload, byNode, byToken }: Pick<Join, "payload" | "byNode" | "byToken">): Buffer {
  const header = Buffer.of(VERSION, 0, 0);
  header.writeUInt16BE(payload.length, 1);
  return Buffer.concat([header, payload, byNode, byToken]);
}

/** Reads the octets of a join; undefined for anything else. Whether the signatures are right is for `isJoinSigned` to say. The octets are copied. */
export function readJoin(octets: Uint8Array): Join | undefined {
  const size = joinSizeOf(octets);
  if (size === undefined || size !== octets.length) return undefined;
  const own = Uint8Array.from(octets);
  const end = size - 2 * SIGNATURE_SIZE;
  const payload = own.subarray(HEADER_SIZE, end);
  const read = readJoinPayload(payload);
  if (read === undefined) return undefined;
  const signed = end + SIGNATURE_SIZE;
  return { ...read, payload, byNode: own.subarray(end, signed), byToken: own.subarray(signed) };
}

/** How many octets the join has that begins here; undefined where none begins, or it is not whole. */
export function joinSizeOf(octets: Uint8Array): number | undefined {
  if (octets.length < HEADER_SIZE || octets[0] !== VERSION) return undefined;
  const size = HEADER_SIZE + octets[1]! * 256 + octets[2]! + 2 * SIGNATURE_SIZE;
  return size <= Math.min(octets.length, JOIN_SIZE_MAX) ? size : undefined;
}

/** Whether both keys that a join names have signed it. */
export function isJoinSigned({ key, token, payload, byNode, byToken }: Join): boolean {
  const signed = joinToBeSigned(payload);
  return isSignedBy(token, signed, byToken) && isSignedBy(key, signed, byNode);
}

/** A join as text, between BEGIN and END lines. */
export function writeJoinText(octets: Uint8Array): string {
  return writeArmor(LABEL, octets);
}

/** The octets of what `writeJoinText` made; undefined when the text is anything but one such block. */
export function readJoinText(text: string): Buffer<ArrayBuffer> | undefined {
  return readArmor(LABEL, text);
}

/** Says whether a text is meant to be a join. */
export function isJoinText(text: string): boolean {
  return isArmored(LABEL, text);
}
