/**
 * Letters of the kind `routes`: a node reports to a coordinator, and acknowledges what it was given; the coordinator answers as soon as it has leases or permits for the
 * node, or when the letter has waited long enough. docs/protocol/fabric-routes.md says what they mean.
 */
import { LABEL_MAX, PERMIT_PAIRS_MAX } from "@florenetes/facts";
import type { FieldReader } from "../field-reader.ts";
import { text, uint16, uint32 } from "../field-writer.ts";
import { readAll, readMore, readName, readRecords, recordsFields } from "./body-fields.ts";
import { ACKNOWLEDGED_MAX, ASKS_MAX, LETTER_SIZE_MAX, WAIT_SECONDS_MAX } from "./limits.ts";

/** A pair of links of permits that the relay has left out, by its own labels, the lower one first. */
export type LeftPair = readonly [from: number, to: number];

export interface Acknowledgement {
  /** The id of a `lease` or `permits` record: 64 lower-case hex digits. */
  readonly id: string;
  /** `taken`, or the reason for which it was refused. */
  readonly outcome: string;
  readonly left: readonly LeftPair[];
}

export interface RoutesLetter {
  /** Seconds that the answer may take, at most 45. */
  readonly wait: number;
  /** Octets of the sender's report, where it is a new one, and of its papers: at most 16. */
  readonly records: readonly Uint8Array[];
  /** At most 32. */
  readonly acknowledged: readonly Acknowledgement[];
}

/** The coordinator asks the receiver to do something: to call a node that cannot call it; or says by its own name that it knows phones at rest. */
export interface Ask {
  readonly kind: "call" | "rest";
  readonly node: string;
}

export interface RoutesAnswer {
  /** Octets of leases and permits for the receiver, and papers of the hosts of leases: at most 16. */
  readonly records: readonly Uint8Array[];
  /** More of these are left: the next letter gets them at once. */
  readonly hasMore: boolean;
  /** At most 8. */
  readonly asks: readonly Ask[];
}

export const ROUTES_LETTER_VERSION = 1;
const ASKS: ReadonlyMap<number, Ask["kind"]> = new Map([
  [1, "call"],
  [2, "rest"],
]);
const ASK_NUMBERS: ReadonlyMap<Ask["kind"], number> = new Map([...ASKS].map(([number, kind]) => [kind, number]));
const ID_SIZE = 32;

/** Octets for the records of a letter, with their lengths, beside its acknowledgements: `fitRecords` takes them. Below 0: these are too many for one letter. */
export function roomForRecords(acknowledged: readonly Acknowledgement[]): number {
  // Version, wait, and how many records there are.
  return LETTER_SIZE_MAX - 3 - Buffer.concat(acknowledgedFields(acknowledged)).length;
}

/** The caller has asked for room. */
export function writeRoutesLetter({ wait, records, acknowledged }: RoutesLetter): Uint8Array {
  return Buffer.concat([
    Buffer.of(ROUTES_LETTER_VERSION, wait),
    ...recordsFields(records),
    ...acknowledgedFields(acknowledged),
  ]);
}

/** Undefined: it is none, or one of a later version. */
export function readRoutesLetter(body: Uint8Array): RoutesLetter | undefined {
  return readAll("routes", body, (fields) => {
    if (fields.uint8() !== ROUTES_LETTER_VERSION) throw fields.malformed("is of another version");
    const wait = fields.uint8();
    if (wait > WAIT_SECONDS_MAX) throw fields.malformed("asks to wait for too long");
    const records = readRecords(fields);
    const count = fields.uint8();
    if (count > ACKNOWLEDGED_MAX) throw fields.malformed("has too many acknowledgements");
    return { wait, records, acknowledged: Array.from({ length: count }, () => readAcknowledgement(fields)) };
  });
}

/** Records have at most `ANSWERED_SIZE_MAX` octets with their lengths, so that there is room for what is asked. */
export function writeRoutesAnswer({ records, hasMore, asks }: RoutesAnswer): Uint8Array {
  const asked = asks.flatMap(({ kind, node }) => [Buffer.of(ASK_NUMBERS.get(kind)!), text(node)]);
  return Buffer.concat([...recordsFields(records), Buffer.of(hasMore ? 1 : 0, asks.length), ...asked]);
}

/** Undefined: it is none. What a later version asks for is left out. */
export function readRoutesAnswer(body: Uint8Array): RoutesAnswer | undefined {
  return readAll("routes", body, (fields) => {
    const records = readRecords(fields);
    const hasMore = readMore(fields);
    const count = fields.uint8();
    if (count > ASKS_MAX) throw fields.malformed("asks for too much");
    const asks = Array.from({ length: count }, () => ({ kind: ASKS.get(fields.uint8()), node: readName(fields) }));
    return { records, hasMore, asks: asks.flatMap(({ kind, node }) => (kind === undefined ? [] : [{ kind, node }])) };
  });
}

function acknowledgedFields(acknowledged: readonly Acknowledgement[]): Uint8Array[] {
  return [
    Buffer.of(acknowledged.length),
    ...acknowledged.flatMap(({ id, outcome, left }) => [
      Buffer.from(id, "hex"),
      text(outcome),
      uint16(left.length),
      ...left.flatMap(([from, to]) => [uint32(from), uint32(to)]),
    ]),
  ];
}

function readAcknowledgement(fields: FieldReader): Acknowledgement {
  const id = fields.hex(ID_SIZE);
  const outcome = readName(fields);
  const count = fields.uint16();
  if (count > PERMIT_PAIRS_MAX) throw fields.malformed("has left out more pairs than permits have");
  return { id, outcome, left: Array.from({ length: count }, () => readPair(fields)) };
}

function readPair(fields: FieldReader): LeftPair {
  const [from, to] = [fields.uint32(), fields.uint32()];
  if (from >= to || to > LABEL_MAX) throw fields.malformed("has left out a pair that is none");
  return [from, to];
}
