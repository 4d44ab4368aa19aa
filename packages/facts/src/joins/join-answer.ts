/**
 * The answer to a join, as a letter has it: an octet for the outcome, and behind it the node's record (0, joined), how many programs have signed and how many have to, an octet each
 * (1, waits), or the reason in ASCII (2, refused).
 */
import { ENVELOPE_SIZE_MAX } from "../envelope.ts";
import { JOIN_REASONS, type JoinReason } from "./join-reasons.ts";

/** The outcome of a join that was handed in. */
export type JoinAnswer =
  | { readonly outcome: "refused"; readonly reason: JoinReason }
  /** The node waits for the signatures of programs, of which it has so many. */
  | { readonly outcome: "waits"; readonly signed: number; readonly needed: number }
  /** The node's record. */
  | { readonly outcome: "joined"; readonly record: Uint8Array };

const OUTCOMES = ["joined", "waits", "refused"] as const;

export function writeJoinAnswer(answer: JoinAnswer): Buffer {
  return Buffer.concat([Buffer.of(OUTCOMES.indexOf(answer.outcome)), contentOf(answer)]);
}

/** Reads what `writeJoinAnswer` wrote; undefined for anything else, and for reasons of a later version. The octets are copied. */
export function readJoinAnswer(octets: Uint8Array): JoinAnswer | undefined {
  const outcome = OUTCOMES[octets[0] ?? OUTCOMES.length];
  const content = Uint8Array.from(octets.subarray(1));
  if (outcome === "joined") {
    return content.length > 0 && content.length <= ENVELOPE_SIZE_MAX ? { outcome, record: content } : undefined;
  }
  if (outcome === "waits")
    return content.length === 2 ? { outcome, signed: content[0]!, needed: content[1]! } : undefined;
  if (outcome === undefined) return undefined;
  const reason = Buffer.from(content).toString("latin1");
  return Object.hasOwn(JOIN_REASONS, reason) ? { outcome, reason: reason as JoinReason } : undefined;
}

function contentOf(answer: JoinAnswer): Uint8Array {
  switch (answer.outcome) {
    case "joined":
      return answer.record;
    case "waits":
      return Buffer.of(answer.signed, answer.needed);
    default:
      return Buffer.from(answer.reason, "latin1");
  }
}
