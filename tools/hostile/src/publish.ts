import type { Run } from "./run.ts";
import { outcomeTable } from "./table.ts";

const BEGIN = "<!-- made by npm run hostile -->";
const END = "<!-- end of what npm run hostile made -->";

/**
 * Puts the table of a run between the marks of a Markdown document.
 * @throws Error when the document has not both marks.
 */
export function publishTable(document: string, run: Run): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the document has no lines "${BEGIN}" and "${END}"`);
  const held = run.outcomes.filter(({ isHeld }) => isHeld).length;
  const engines = new Set(run.outcomes.map(({ twin }) => twin?.engine ?? "unknown"));
  const taken =
    `${held} of ${run.outcomes.length} held. ${run.isShort ? "In short forms" : "In full"}, QUIC engine: ${[...engines].join(" and ")}; taken ${run.takenAt.slice(0, 10)} at ${run.commit} on ` +
    `${run.cores} cores, which the mesh, its clients and the attacker share.`;
  return [document.slice(0, begin) + BEGIN, "", outcomeTable(run.outcomes) + taken, "", document.slice(end)].join("\n");
}
