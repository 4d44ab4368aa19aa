import type { Finding } from "@florenetes/operator-text";

/**
 * The first lines of a status: whether all is as it should be, and else what is not and what to do. The worst comes first, and each
 * finding has a line.
 *
 * @param whole What there is, for one in order: `3 links up`
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

/** Whether nothing that is configured is other than it should be. */
export function isWhole(findings: readonly Finding[]): boolean {
  return findings.every(({ weight }) => weight !== "fault");
}

/** `3 links, 1 tunnel`: how many there are of each kind, without those of which there are none. */
export function countNouns(counts: Readonly<Record<string, number>>): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  if (shown.length === 0) return "nothing is configured";
  return shown.map(([noun, count]) => `${count} ${noun}${count === 1 ? "" : "s"}`).join(", ");
}

function sentences({ text, advice }: Finding): string {
  return `${text}. ${advice}`;
}
