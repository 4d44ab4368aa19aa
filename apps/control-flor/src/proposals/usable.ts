/** Answers of an agent on records that people bring: which of them are worth signatures. */
import { ApiError } from "../api/exchange.ts";
import type { Inspected, Refusal } from "./agent-words.ts";

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
export function requireUse({ id, epoch, fault, inForce }: Inspected): void {
  if (inForce !== null && inForce.id !== id && inForce.epoch >= epoch) {
    const message = `a record of epoch ${inForce.epoch} is in force, and this one has epoch ${epoch}`;
    throw new ApiError("ERR_CONTROL_CONFLICT", message, {}, { inForce });
  }
  if (fault === null) return;
  const isConflict = OF_ANOTHER_TIME.has(fault.reason);
  const code = isConflict ? "ERR_CONTROL_CONFLICT" : "ERR_CONTROL_RECORD";
  throw new ApiError(code, `${fault.text} (${fault.reason})`, {}, isConflict ? { inForce } : {});
}
