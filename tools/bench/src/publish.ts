import { mainTable } from "./report.ts";
import type { Run } from "./run.ts";

const BEGIN = "<!-- made by the bench -->";
const END = "<!-- end of what the bench made -->";

/**
 * Puts the main table of a run between the marks of a Markdown document.
 * @throws Error when the document has not both marks.
 */
export function publishTable(document: string, run: Run, plot: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the document has no lines "${BEGIN}" and "${END}"`);
  const { machine, plan, takenAt, commit } = run;
  const made = `${BEGIN}

## Beside its peers

${mainTable(run)}
${plan.repeats === 1 ? "One short run" : `Medians of ${plan.repeats} runs`}, taken ${takenAt.slice(0, 10)} at ${commit} on \
${machine}, which clients, servers and all nodes share; "*": of the whole machine. What each figure \
means, and what else is measured: [docs/develop/bench.md](docs/develop/bench.md).

What a gigabyte costs in CPU time (less is better):

![CPU time per gigabyte](${plot})

${END}`;
  return document.slice(0, begin) + made + document.slice(end + END.length);
}
