/** A look at a record that people still sign, at the admin socket alone: for programs that keep proposals, and read no records themselves. */
import {
  describeChange,
  describeRecord,
  type Envelope,
  type Fact,
  type FactBook,
  inForce,
  inspectCopies,
  type Inspection,
  type MissingSignatures,
  readEnvelope,
  readFact,
  readRecordTexts,
  type Reason,
  REASONS,
  recordIdOf,
  slotOf,
  toBeSigned,
  writeEnvelope,
  writeRecordText,
} from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import { type AdminAction, AdminAnswer } from "@florenetes/process-kit";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { type FactFields, factFields } from "./fact-fields.ts";

interface InspectAnswer extends FactFields {
  readonly void: boolean;
  /** The octets that signers sign, in base64; their SHA-256 is `id`. */
  readonly payload: string;
  /** Lines for whoever is to sign: plain text, in which every character is seen. */
  readonly words: readonly string[];
  /** Whose good signatures `record` has. */
  readonly signed: readonly string[];
  readonly missing: readonly MissingSignatures[];
  readonly isWhole: boolean;
  /** Why it would be refused with all signatures, too. */
  readonly fault: FaultAnswer | null;
  readonly inForce: InForceAnswer | null;
  /** The record as text, with all good signatures. */
  readonly record: string;
}

interface FaultAnswer {
  readonly reason: Reason;
  /** A sentence that says who has to do what about it. */
  readonly text: string;
}

interface InForceAnswer {
  readonly id: string;
  readonly epoch: number;
  readonly generation: number;
  readonly body: unknown;
  /** The record as text. */
  readonly proof: string;
}

export interface InspectOrdersOptions {
  readonly cluster: string;
  /** The records that are held; undefined while there is no root. */
  readonly bookOf: () => FactBook | undefined;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** Copies of one request: as many as a record may have signatures. */
const COPIES_MAX = 16;

/**
 * `POST /inspect` with a record as text, or with copies of it that were signed apart. Nothing is held of it. 422 for what is no record of this cluster in form, and 503 while
 * this node has no root. Throws ERR_FABRIC_RECORDS for anything but copies of one record.
 */
export function inspectOrders({
  cluster,
  bookOf,
  wallClock,
}: InspectOrdersOptions): Readonly<Record<string, AdminAction>> {
  return {
    "/inspect": ({ text }) => {
      const copies = envelopesIn(text);
      if (typeof copies === "string") return new AdminAnswer(422, faultOf(copies));
      const fact = readFact(writeEnvelope(copies[0]!), cluster);
      if (typeof fact === "string") return new AdminAnswer(422, faultOf(fact));
      const book = bookOf();
      if (book === undefined) return new AdminAnswer(503, { code: "NO_ROOT", message: NO_ROOT });
      const now = wallClock();
      return answerOf(inspectCopies(fact, copies, book.grounds(now)), inForceOf(fact, book, now), now);
    },
  };
}

/** Copies of one record, or why the octets of one of them are none. Throws ERR_FABRIC_RECORDS. */
function envelopesIn(text: string): readonly Envelope[] | Reason {
  const records = readRecordTexts(text);
  if (records === undefined) throw inspectError("the body holds anything but whole records as text");
  if (records.length > COPIES_MAX) throw inspectError(`there are more than ${COPIES_MAX} copies`);
  const copies: Envelope[] = [];
  for (const octets of records) {
    const envelope = readEnvelope(octets);
    if (typeof envelope === "string") return envelope;
    copies.push(envelope);
  }
  if (new Set(copies.map(({ payload }) => recordIdOf(payload))).size > 1)
    throw inspectError("the body holds several records, and not copies of one");
  return copies;
}

function answerOf(
  { fact, signed, missing, isWhole, fault }: Inspection,
  held: Fact | undefined,
  now: number,
): InspectAnswer {
  const doesFollow = held !== undefined && held.id !== fact.id;
  const words = doesFollow ? describeChange(fact, held, now) : describeRecord(fact, now);
  return {
    ...factFields(fact),
    void: fact.void === true,
    payload: toBeSigned(fact.envelope.payload).toString("base64"),
    words: words.split("\n"),
    signed,
    missing,
    isWhole,
    fault: fault === undefined ? null : faultOf(fault),
    inForce: held === undefined ? null : inForceAnswer(held),
    record: writeRecordText(writeEnvelope(fact.envelope)),
  };
}

function inForceAnswer({ id, epoch, generation, body, envelope }: Fact): InForceAnswer {
  return { id, epoch, generation, body, proof: writeRecordText(writeEnvelope(envelope)) };
}

/** The root of today counts also where it has ended. */
function inForceOf({ kind, scope, subject }: Fact, book: FactBook, now: number): Fact | undefined {
  return kind === "root" ? book.authority.root : inForce(book.in(slotOf({ kind, scope, subject })), now);
}

function faultOf(reason: Reason): FaultAnswer {
  return { reason, text: REASONS[reason] };
}

const NO_ROOT = "This node has no root yet, by which it could judge a record: its operator has to hand that in first.";

function inspectError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_RECORDS";
  return new OperatorError(code, message, { advice: "Ask for one record at a time, as text, with at most 16 copies." });
}
