/** Records that somebody hands in at the control socket, and what came of each. */
import { type Judgement, readEnvelope, readRecordTexts, REASONS, recordIdOf } from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import type { AdminAction } from "@florenetes/process-kit";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

interface RecordOutcome {
  /** The record's id; null where the octets are none. */
  readonly id: string | null;
  readonly outcome: "taken" | "known" | "refused";
  /** A reason of docs/protocol/facts.md. */
  readonly reason?: string;
  /** A sentence that says who has to do what about it. */
  readonly text?: string;
}

/** Records of one request. */
const RECORDS_AT_ONCE_MAX = 1_024;

/**
 * `POST /records` with records as text, one block behind the other; answers with an outcome for each, in their order.
 *
 * @param hand Judges the octets of records, and takes those that hold
 * @param hasRoot Whether there is a root, after that
 */
export function recordOrders(
  hand: (records: readonly Uint8Array[]) => readonly Judgement[],
  hasRoot: () => boolean,
): Readonly<Record<string, AdminAction>> {
  return {
    "/records": ({ text }) => {
      const records = readRecordTexts(text);
      if (records === undefined) throw recordsError("the body holds anything but whole records as text");
      if (records.length > RECORDS_AT_ONCE_MAX)
        throw recordsError(`there are more than ${RECORDS_AT_ONCE_MAX} records`);
      const judgements = hand(records);
      return { records: records.map((octets, at) => outcomeOf(octets, judgements[at]!, hasRoot())) };
    },
  };
}

function outcomeOf(octets: Uint8Array, judgement: Judgement, hasRoot: boolean): RecordOutcome {
  const envelope = readEnvelope(octets);
  const id = typeof envelope === "string" ? null : recordIdOf(envelope.payload);
  if (judgement.isAccepted) return { id, outcome: "taken" };
  const { reason } = judgement;
  return reason === "duplicate"
    ? { id, outcome: "known", text: REASONS[reason] }
    : { id, outcome: "refused", reason, text: hasRoot ? REASONS[reason] : NO_ROOT };
}

const NO_ROOT =
  "This node has no root yet, and takes the pinned one alone: its operator has to hand that in first, or to name its file in `root-file`.";

function recordsError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_RECORDS";
  return new OperatorError(code, message, { advice: "Use `flor fabric publish`, for part of them at a time." });
}
