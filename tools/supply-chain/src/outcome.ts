/** The outcome of a check. A check that could not be made never counts as passed. */
export type Outcome =
  | { readonly kind: "passed"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string; readonly faults: readonly string[] }
  | { readonly kind: "skipped"; readonly text: string; readonly reason: string };

/** The outcome of a check by its faults: it has passed if there are none. */
export function outcomeOf(text: string, faults: readonly string[]): Outcome {
  return faults.length === 0 ? { kind: "passed", text } : { kind: "failed", text, faults };
}

export function formatOutcome(outcome: Outcome): string {
  if (outcome.kind === "passed") return `ok: ${outcome.text}`;
  if (outcome.kind === "skipped") return `skipped: ${outcome.text}: ${outcome.reason}`;
  return [`FAILED: ${outcome.text}`, ...outcome.faults.map((fault) => `  ${fault}`)].join("\n");
}

/** Writes `N passed, N failed, N skipped`. */
export function formatCounts(outcomes: readonly Outcome[]): string {
  const count = (kind: Outcome["kind"]): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`;
}
