/** Answers of an agent on records that people bring: which of them are worth signatures. */
import { ApiError } from "../api/exchange.ts";
import type { Inspected, Refusal } from "./agent-words.ts";
import type { KeptProposal } from "./proposal-book.ts";

export function isRefusal(answer: Inspected | Refusal): answer is Refusal {
  return "reason" in answer;
}

/** @throws ApiError ERR_CONTROL_RECORD */
export function foundIn(answer: Inspected | Refusal): Inspected {
  if (isRefusal(answer)) throw new ApiError("ERR_CONTROL_RECORD", `${answer.text} (${answer.reason})`);
  return answer;
}

/** Reasons for which a record is not the next one of its slot (docs/protocol/facts.md, "The judge"). */
const OF_ANOTHER_TIME: ReadonlySet<string> = new Set(["older", "voided", "gap", "fingerprint", "duplicate"]);

/**
 * Signatures for a record that no node would take are not collected, nor for a second record of one epoch, which would be an equivocation.
 *
 * @throws ApiError ERR_CONTROL_CONFLICT, with the record in force; ERR_CONTROL_RECORD
 */
export function requireUse(inspected: Inspected): void {
  const { epoch, fault, inForce } = inspected;
  if (isOvertaken(inspected)) {
    const message = `a record of epoch ${inForce!.epoch} is in force, and this one has epoch ${epoch}`;
    throw new ApiError("ERR_CONTROL_CONFLICT", message, {}, { inForce });
  }
  if (fault === null) return;
  const isConflict = OF_ANOTHER_TIME.has(fault.reason);
  const code = isConflict ? "ERR_CONTROL_CONFLICT" : "ERR_CONTROL_RECORD";
  throw new ApiError(code, `${fault.text} (${fault.reason})`, {}, isConflict ? { inForce } : {});
}

/** Whether a record cannot be taken now, and may be later. */
export function isEarly(inspected: Inspected): boolean {
  return inspected.fault !== null && isPassing(inspected.fault.reason) && !isOvertaken(inspected);
}

/** The state of a proposal that has waited, by the agent's words of now. */
export function standingOf(inspected: Inspected): Pick<KeptProposal, "state" | "reason"> {
  const { id, fault, inForce } = inspected;
  if (inForce?.id === id || fault?.reason === "duplicate") return { state: "published", reason: null };
  if (isOvertaken(inspected)) return { state: "overtaken", reason: null };
  if (fault === null) return { state: "waits", reason: null };
  if (isPassing(fault.reason)) return { state: "waits", reason: fault.reason };
  if (OF_ANOTHER_TIME.has(fault.reason)) return { state: "overtaken", reason: fault.reason };
  return { state: "refused", reason: fault.reason };
}

function isOvertaken({ id, epoch, inForce }: Inspected): boolean {
  return inForce !== null && inForce.id !== id && inForce.epoch >= epoch;
}

/** Reasons for which an agent does not take a record now, and may later (docs/protocol/facts.md, "The judge"). */
const PASSING: ReadonlySet<string> = new Set(["quota", "full", "authority", "future", "gap"]);

export function isPassing(reason: string): boolean {
  return PASSING.has(reason);
}

const BEGIN = "-----BEGIN FLORENETES FACT-----";

/** How many records a text may hold at most: each begins with a line of its own. */
export function recordsIn(text: string): number {
  return text.split(BEGIN).length - 1;
}
