import type { Judgement } from "./verdict.ts";

/** The verdict as lines for people: a line for each judgement, with its findings below. */
export function verdictLines(judgements: readonly Judgement[]): string[] {
  const width = Math.max(0, ...judgements.map(({ name }) => name.length));
  const row = ({ name, figures, findings }: Judgement): string[] => [
    `${findings.length === 0 ? "ok  " : "FAIL"}  ${name.padEnd(width)}  ${figures}`,
    ...findings.map((finding) => `      ${" ".repeat(width)}  ${finding}`),
  ];
  return judgements.flatMap(row);
}

/** The sums of a run, in the form of `npm test`. */
export interface Sums {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** Counts each judgement as a test, and each workload or kind of fault that was left out as a skipped test. */
export function sumUp(judgements: readonly Judgement[], leftOut: number): Sums {
  const bad = judgements.filter(({ findings }) => findings.length > 0);
  return {
    passed: judgements.length - bad.length,
    failed: bad.length,
    skipped: leftOut,
    failures: bad.map(({ name, findings }) => `FAILED: chaos > ${name}: ${findings.join("; ")}`),
  };
}
