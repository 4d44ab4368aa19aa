/** Records that somebody hands in, and what came of each. */
import {
  describeMissing,
  type FactBook,
  isRecordText,
  type Judgement,
  missingSignatures,
  readEnvelope,
  readFact,
  readRecordTexts,
  type Reason,
  REASONS,
  recordIdOf,
} from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import { type AdminAction, AdminAnswer } from "@florenetes/process-kit";
import type { Quota } from "../agent/records/organization-budget.ts";
import { type Incompatible, namesOf } from "../agent/releases/compat.ts";
import { beyondBudgets } from "../agent/records/record-budgets.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { refuseUnsigned } from "./unsigned-change.ts";

interface RecordOutcome {
  /** The record's id; null where the octets are none. */
  readonly id: string | null;
  readonly outcome: "taken" | "known" | "refused";
  /** The HTTP status that this outcome alone would have. */
  readonly status: number;
  /** A reason of docs/protocol/facts.md. */
  readonly reason?: string;
  /** A sentence that says who has to do what about it. */
  readonly text?: string;
}

export interface RecordOrdersOptions {
  /** Judges the octets of records, and takes those that hold. */
  readonly hand: (records: readonly Uint8Array[]) => readonly Judgement[];
  readonly cluster: string;
  /** The records that are held; undefined while there is no root. */
  readonly bookOf: () => FactBook | undefined;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Records, by their places, that are releases whose programs could not speak to nodes that live; default: nobody looks. */
  readonly leaving?: (records: readonly Uint8Array[]) => ReadonlyMap<number, Incompatible>;
  /** Records of one request; default: 1,024. */
  readonly atOnceMax?: number;
}

/** Records of one request of the node's own operators: the process stands still for about a millisecond for each … */
const RECORDS_AT_ONCE_MAX = 1_024;
/** … and of one request at the shared socket, where anybody may ask. */
export const SHARED_RECORDS_MAX = 64;
/** Refused records of one request of which it is said whose signatures they lack: each may take 32 verifications. */
const LACKS_TOLD_MAX = 16;

/** From the worst on: an answer for several records has the status of the worst. */
const WORST_FIRST: readonly number[] = [403, 422, 409, 507, 503, 200];

/**
 * `POST /records` with records as text, one block behind the other; answers with an outcome for each, in their order, and with the status of the
 * worst of them: 403 where rights or signatures are missing.
 */
export function recordOrders(options: RecordOrdersOptions): Readonly<Record<string, AdminAction>> {
  return {
    "/records": ({ text }) => {
      const records = readRecordTexts(text);
      if (records === undefined) {
        if (text !== "" && !isRecordText(text)) return refuseUnsigned(options.bookOf());
        throw recordsError("the body holds anything but whole records as text");
      }
      const { atOnceMax = RECORDS_AT_ONCE_MAX } = options;
      if (records.length > atOnceMax) throw recordsError(`there are more than ${atOnceMax} records`);
      const quotas = beyondBudgets(records, options.bookOf(), options.cluster, options.wallClock());
      const leaving = options.leaving?.(records) ?? new Map<number, Incompatible>();
      const isKept = (at: number): boolean => quotas.has(at) || leaving.has(at);
      const judgements = options.hand(records.filter((_, at) => !isKept(at))).values();
      let told = 0;
      const outcomes = records.map((octets, at) => {
        const quota = quotas.get(at);
        if (quota !== undefined) return refusedBy(octets, quota);
        const left = leaving.get(at);
        if (left !== undefined) return leavingOutcome(octets, left);
        const outcome = outcomeOf(octets, judgements.next().value!, options, told < LACKS_TOLD_MAX);
        if (outcome.status === 403) told++;
        return outcome;
      });
      const status = WORST_FIRST.find((each) => outcomes.some((outcome) => outcome.status === each)) ?? 200;
      return new AdminAnswer(status, { records: outcomes });
    },
  };
}

/** The outcome of a record that is one too many of an organization. */
function refusedBy(octets: Uint8Array, { organization, used, most, record, until }: Quota): RecordOutcome {
  const end = new Date(until).toISOString();
  const text = `${organization} has ${used} of ${most} records, by the budget ${record.slice(0, 16)} until ${end}: records of slots that are held are taken, and people may sign another budget.`;
  return { id: idOf(octets), outcome: "refused", status: statusOf("quota"), reason: "quota", text };
}

/** The outcome of a release whose programs could not speak to nodes that live. Anybody's copy is refused, whoever has signed it. */
function leavingOutcome(octets: Uint8Array, left: Incompatible): RecordOutcome {
  const text = `The programs of the release could not speak to ${namesOf(left)}: bring these nodes up first, or have the update quorum sign a release that names them in \`leaves\`.`;
  return { id: idOf(octets), outcome: "refused", status: statusOf("older"), reason: "compat", text };
}

function idOf(octets: Uint8Array): string | null {
  const envelope = readEnvelope(octets);
  return typeof envelope === "string" ? null : recordIdOf(envelope.payload);
}

function outcomeOf(
  octets: Uint8Array,
  judgement: Judgement,
  options: RecordOrdersOptions,
  isLackTold: boolean,
): RecordOutcome {
  const id = idOf(octets);
  if (judgement.isAccepted) return { id, outcome: "taken", status: 200, ...(judgement.waits && { text: WAITS }) };
  const { reason } = judgement;
  if (reason === "duplicate") return { id, outcome: "known", status: 200, text: REASONS[reason] };
  const book = options.bookOf();
  const status = book === undefined && reason === "authority" ? 503 : statusOf(reason);
  const lack = status === 403 && isLackTold ? lackOf(octets, book, options) : "";
  const sentence = book === undefined ? NO_ROOT : REASONS[reason];
  return { id, outcome: "refused", status, reason, text: lack === "" ? sentence : `${sentence} ${lack}` };
}

/** The status of a refused record, by the group that its reason stands in (docs/protocol/facts.md, The judge). */
export function statusOf(reason: Reason): number {
  switch (reason) {
    case "duplicate":
      return 200;
    case "development":
    case "authority":
    case "scope":
    case "issuer":
    case "subject":
    case "depth":
    case "unknown-key":
    case "signature":
    case "quorum":
      return 403;
    case "older":
    case "voided":
    case "gap":
    case "fingerprint":
      return 409;
    case "quota":
    case "full":
      return 507;
    default:
      return 422;
  }
}

/** Sentences that say whose signatures a record lacks; "" where it is none of that. */
function lackOf(octets: Uint8Array, book: FactBook | undefined, { cluster, wallClock }: RecordOrdersOptions): string {
  const fact = readFact(octets, cluster);
  if (book === undefined || typeof fact === "string") return "";
  return describeMissing(missingSignatures(fact, { authority: book.authority, held: book, now: wallClock() }));
}

const WAITS =
  "The recovery keys have signed this root: it is in force at each node after 72 hours in which that node runs, unless the root quorum signs another next version.";
const NO_ROOT =
  "This node has no root yet, and takes the pinned one alone: its operator has to hand that in first, or to name its file in `root-file`.";

function recordsError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_RECORDS";
  return new OperatorError(code, message, { advice: "Use `flor fabric publish`, for part of them at a time." });
}
