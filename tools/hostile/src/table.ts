import type { Outcome } from "./trial.ts";

const HEADINGS = [
  "attack",
  "by",
  "sent",
  "CPU s (beside twin)",
  "MB gained, end / after",
  "p99 ms, twin / beside / after",
  "outcome",
];

/** The outcomes as a Markdown table; every line ends with a line break. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    outcome.name,
    outcome.by,
    `${outcome.packets} packets, ${bytesText(outcome.bytes)}`,
    `${outcome.cpuSeconds.toFixed(1)}${outcome.cpuRatio === undefined ? "" : ` (${outcome.cpuRatio.toFixed(1)}×)`}`,
    `${outcome.megabytesAtEnd.toFixed(0)} / ${outcome.megabytesAfter.toFixed(0)}`,
    [outcome.twin?.honest, outcome.beside, outcome.after].map((honest) => latencyText(honest?.p99Ms)).join(" / "),
    outcomeText(outcome),
  ]);
  return [HEADINGS, HEADINGS.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Says whether an attack was held. If it was, the texts of all checks follow; otherwise those of the failed checks. */
export function outcomeText({ isHeld, checks }: Outcome): string {
  const telling = isHeld ? checks : checks.filter((check) => !check.isHeld);
  return `${isHeld ? "held" : "**did not hold**"}: ${telling.map(({ text }) => text).join("; ")}`;
}

function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A latency as text. Values from JSON, which has no infinity, have null in its place. */
function latencyText(ms: number | null | undefined): string {
  if (ms === undefined) return "–";
  return ms === Infinity || ms === null ? "none" : ms.toFixed(1);
}
