import type { Check } from "./check.ts";

export type Verdict = "passed" | "failed" | "not judged";

/** The result of one check. */
export interface Outcome {
  readonly requirement: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Whatever was seen when it failed, also if that was not so when it was made again; why it was not judged. */
  readonly seen: string;
  readonly seconds: number;
}

/** The outcome of a check that has failed before. */
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
