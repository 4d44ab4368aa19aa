import { EXIT_CODES, foreignText, isName, visibleJson } from "@florenetes/operator-text";
import { formatTable, requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";

const TEXT_LENGTH_MAX = 100;
/** A node that was slowed for so long within a day is one that people may want to take back. */
const VOID_MS = 3_600_000;
const MINUTE_MS = 60_000;

const count = z.number().nonnegative();
const answerForm = z.object({
  node: z.string(),
  misuse: z.array(
    z.object({
      of: z.string(),
      by: z.string(),
      name: z.string(),
      count,
      most: count,
      since: z.string().nullable(),
      slowedUntil: z.string().nullable(),
      slowedMs: count,
    }),
  ),
  left: count,
});

type Misuse = z.infer<typeof answerForm>["misuse"][number];

/** `flor fabric misuse`. */
export function addMisuseCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("misuse")
    .description("say who costs others work without use, who is slowed for it, and how to take back who goes on")
    .requiredOption("--agent <socket>", "the admin socket of an agent: of a coordinator, for routes")
    .option("--json", "for programs")
    .action(async (options: { readonly agent: string; readonly json?: true }) =>
      finish(await showMisuse(options, output)),
    );
}

async function showMisuse(
  { agent, json }: { readonly agent: string; readonly json?: true },
  output: Output,
): Promise<number> {
  const said = await requestAdmin(agent, "/misuse");
  const answer = answerForm.safeParse(said);
  if (!answer.success) throw answerError(agent, "answered what is no misuse");
  const { node, misuse, left } = answer.data;
  if (json === true) output.out(visibleJson(JSON.stringify(said, undefined, 2)));
  else if (misuse.length === 0) output.out(`node ${foreignText(node, TEXT_LENGTH_MAX)} has counted no misuse`);
  else {
    const title = `misuse within an hour, as ${foreignText(node, TEXT_LENGTH_MAX)} counts it`;
    const header = ["OF", "BY", "NAME", "COUNT", "MOST", "SLOWED SINCE", "UNTIL", "WITHIN A DAY"];
    output.out(formatTable(title, header, misuse.map(rowOf)));
    if (left > 0) output.out(`${left} more`);
    for (const line of voidLines(misuse, agent)) output.out(line);
  }
  return EXIT_CODES.ok;
}

function rowOf({ of, by, name, count: counted, most, since, slowedUntil, slowedMs }: Misuse): string[] {
  const within = slowedMs === 0 ? "-" : `${Math.ceil(slowedMs / MINUTE_MS)} min`;
  return [of, by, name, String(counted), String(most), since ?? "-", slowedUntil ?? "-", within];
}

/** The commands that make void records of nodes that were slowed for long. A neighbour may have brought what others have written, and is named in none. */
function* voidLines(misuse: readonly Misuse[], agent: string): Generator<string> {
  const nodes = misuse.filter(({ by, name, slowedMs }) => by === "node" && slowedMs >= VOID_MS && isName(name));
  for (const name of new Set(nodes.map((each) => each.name))) {
    yield `node ${name} was slowed for an hour or more within a day. To take it back, if that is no mistake, the control quorum signs this record:`;
    yield `  flor fabric void node/cluster/${name} --agent ${agent} --out ${name}-void.fact`;
  }
}
