import type { Outcome } from "../outcome.ts";
import type { Requirement } from "../requirements.ts";

const VERDICT_WIDTH = 10;
const INDENT = " ".repeat(9);

/** A line of the table. Below a failure stand the sentence that is broken and what was seen. */
export function outcomeLines(
  { requirement, title, verdict, seen }: Outcome,
  requirements: readonly Requirement[],
): string {
  const line = `${requirement.padEnd(6)} ${verdict.padEnd(VERDICT_WIDTH)} ${title}`;
  if (verdict === "passed") return seen === "" ? line : `${line}\n${INDENT}${seen}`;
  if (verdict === "not judged") return `${line}\n${INDENT}not judged: ${seen}`;
  const text = requirements.find(({ number }) => number === requirement)?.text ?? "";
  return `${line}\n${INDENT}it says: ${text}\n${INDENT}seen: ${seen.replaceAll("\n", `\n${INDENT}`)}`;
}

/** The number of checks with each verdict. */
export function summary(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome["verdict"]): number => outcomes.filter(({ verdict }) => verdict === wanted).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("not judged")} not judged`;
}
