/**
 * The answer to a join, as a letter has it: an octet for the outcome, and behind it the node's record (0, joined), how many programs have signed and how many have to, an octet each
 * (1, waits), or the reason in ASCII (2, refused); behind the reason `quota` the limit, how much there is, how much there may be, and a time, with a space before each.
 */
import { ENVELOPE_SIZE_MAX } from "../envelope.ts";
import { JOIN_REASONS, type JoinReason } from "./join-reasons.ts";

/** Limits of a budget by which joins are refused. */
const LIMITS = ["nodes", "candidates", "joins"] as const;

/** The limit of a budget that the organization of a token has reached. */
export interface JoinQuota {
  readonly of: (typeof LIMITS)[number];
  readonly used: number;
  readonly most: number;
  /** Seconds until there may be one more, by what is known; 0: no time ends it. */
  readonly seconds: number;
}

/** The outcome of a join that was handed in. */
export type JoinAnswer =
  | { readonly outcome: "refused"; readonly reason: Exclude<JoinReason, "quota"> }
  | { readonly outcome: "refused"; readonly reason: "quota"; readonly quota: JoinQuota }
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
  return readRefused(Buffer.from(content).toString("latin1"));
}

/** A number in its one form. */
const NUMBER = String.raw`(0|[1-9]\d{0,15})`;
/** The word that begins a refusal by a budget, the limit, and numbers. */
const QUOTA = new RegExp(`^quota (${LIMITS.join("|")}) ${NUMBER} ${NUMBER} ${NUMBER}$`);

function readRefused(text: string): JoinAnswer | undefined {
  const [, of, ...numbers] = QUOTA.exec(text) ?? [];
  if (of !== undefined) {
    const [used, most, seconds] = numbers.map(Number) as [number, number, number];
    if (![used, most, seconds].every(Number.isSafeInteger)) return undefined;
    return { outcome: "refused", reason: "quota", quota: { of: of as JoinQuota["of"], used, most, seconds } };
  }
  if (!Object.hasOwn(JOIN_REASONS, text) || text === "quota") return undefined;
  return { outcome: "refused", reason: text as Exclude<JoinReason, "quota"> };
}

function contentOf(answer: JoinAnswer): Uint8Array {
  switch (answer.outcome) {
    case "joined":
      return answer.record;
    case "waits":
      return Buffer.of(answer.signed, answer.needed);
    default: {
      if (answer.reason !== "quota") return Buffer.from(answer.reason, "latin1");
      const { of, used, most, seconds } = answer.quota;
      return Buffer.from(["quota", of, used, most, seconds].join(" "), "latin1");
    }
  }
}
