import type { Outcome } from "../outcome.ts";
import type { Requirement } from "../requirements.ts";

/** A report in the form of JUnit, as CI services read it: a suite for each document, a case for each check. */
export function junitReport(outcomes: readonly Outcome[], requirements: readonly Requirement[]): string {
  const suites = Map.groupBy(outcomes, ({ requirement }) => requirement.replace(/-.*/, ""));
  const texts = Array.from(suites, ([name, cases]) => {
    const count = (verdict: Outcome["verdict"]): number => cases.filter((one) => one.verdict === verdict).length;
    const counts = `tests="${cases.length}" failures="${count("failed")}" skipped="${count("not judged")}"`;
    const body = cases.map((one) => caseText(one, requirements)).join("");
    return `  <testsuite name="${name}" ${counts}>\n${body}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${texts.join("")}</testsuites>\n`;
}

function caseText(
  { requirement, title, verdict, seen, seconds }: Outcome,
  requirements: readonly Requirement[],
): string {
  const names = `classname="${requirement}" name="${escaped(title)}" time="${seconds.toFixed(3)}"`;
  if (verdict === "passed") return `    <testcase ${names}/>\n`;
  const text = requirements.find(({ number }) => number === requirement)?.text ?? "";
  const element =
    verdict === "failed"
      ? `<failure message="${escaped(seen)}">${escaped(text)}</failure>`
      : `<skipped message="${escaped(seen)}"/>`;
  return `    <testcase ${names}>${element}</testcase>\n`;
}

/** Control characters, which XML cannot have, become spaces. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n\t]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;");
}
