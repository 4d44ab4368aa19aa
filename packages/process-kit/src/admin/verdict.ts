import type { Finding } from "@florenetes/operator-text";

/**
 * The first lines of a status: that all is in order, or each finding in a line, the worst first.
 *
 * @param whole What there is, when all is in order: `3 links up`
 */
export function verdictLines(findings: readonly Finding[], whole: string): string[] {
  const faults = findings.filter(({ weight }) => weight === "fault");
  const warnings = findings.filter(({ weight }) => weight === "warning");
  const [first, ...others] = faults;
  const head = first === undefined ? `whole: ${whole}` : `NOT WHOLE: ${sentences(first)}`;
  return [
    head,
    ...others.map((finding) => `  and: ${sentences(finding)}`),
    ...warnings.map((finding) => `  warning: ${sentences(finding)}`),
  ];
}

/** Whether everything that is configured is as it should be. */
export function isWhole(findings: readonly Finding[]): boolean {
  return findings.every(({ weight }) => weight !== "fault");
}

/** `3 links, 1 tunnel`: the number of each kind; kinds with none are left out. */
export function countNouns(counts: Readonly<Record<string, number>>): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  if (shown.length === 0) return "nothing is configured";
  return shown.map(([noun, count]) => `${count} ${noun}${count === 1 ? "" : "s"}`).join(", ");
}

function sentences({ text, advice }: Finding): string {
  return `${text}. ${advice}`;
}
