import type { Judgement, Reason } from "@florenetes/facts";

/** Reasons for which no honest node would offer a record: no ground that is on its way makes it right. */
const FORGED: ReadonlySet<Reason | "no-root"> = new Set(["signature", "scope", "subject"]);

/** Whether a record was refused as its signature or the rights of who has signed it are wrong. */
export function isForged(judgement: Judgement): boolean {
  return !judgement.isAccepted && FORGED.has(judgement.reason);
}
