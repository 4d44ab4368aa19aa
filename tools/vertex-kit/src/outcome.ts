import type { Check } from "./check.ts";

export type Verdict = "passed" | "failed" | "not judged";

/** The result of one check. */
export interface Outcome {
  readonly requirement: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** The observation when the check failed, even if it passed at its second try; or the reason why it was not judged. */
  readonly seen: string;
  readonly seconds: number;
}

/** The outcome of a check that failed at its first try. */
export function atSecondTry(first: Outcome, second: Outcome): Outcome {
  if (second.verdict === "failed") return second;
  return { ...second, seen: `only at the second try; at the first: ${first.seen}` };
}

export function outcome(
  { requirement, title }: Pick<Check<unknown>, "requirement" | "title">,
  verdict: Verdict,
  seen: string,
  seconds: number,
): Outcome {
  return { requirement, title, verdict, seen, seconds };
}
