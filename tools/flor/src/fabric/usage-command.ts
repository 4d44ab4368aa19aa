import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { formatBytes, formatTable, requestAdmin } from "@florenetes/process-kit";
import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { csvOf, linesOf, SUMMED_BY, type SummedBy, sumsOf, type ToldUsage, usageForm } from "./usage-sums.ts";

const TEXT_LENGTH_MAX = 100;
/** Pages that are read of one agent: it holds no more rows than they have. */
const PAGES_MAX = 256;

interface UsageOptions {
  readonly agent: string;
  readonly from?: string;
  readonly to?: string;
  readonly by: SummedBy;
  readonly csv?: true;
  readonly json?: true;
}

/** `flor fabric usage`. */
export function addUsageCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("usage")
    .description("say how much relays have carried, for which organizations, as observers have added it up")
    .argument("[organization]", "one organization (default: all, and traffic of none)")
    .requiredOption("--agent <socket>", "the admin socket of an agent: of an observer, a coordinator or a control node")
    .option("--from <time>", "from the hour of this time on, as 2026-11-01T00:00:00Z (default: all that is held)")
    .option("--to <time>", "up to the hour of this time, which is included")
    .addOption(new Option("--by <what>", "what sums are made by").choices(SUMMED_BY).default("organization"))
    .option("--csv", "all rows by hour, relay and class, for spreadsheets")
    .option("--json", "for programs")
    .action(async (organization: string | undefined, options: UsageOptions) =>
      finish(await showUsage(organization, options, output)),
    );
}

async function showUsage(organization: string | undefined, options: UsageOptions, output: Output): Promise<number> {
  const { agent, by } = options;
  const { node, usage, isWhole } = await askUsage(agent, organization, options);
  if (options.json === true) output.out(visibleJson(JSON.stringify({ node, usage }, undefined, 2)));
  else if (options.csv === true) output.out(csvOf(linesOf(usage)));
  else if (usage.length === 0)
    output.out(
      `node ${foreignText(node, TEXT_LENGTH_MAX)} holds no usage of that: observers tell it to nodes that read mail`,
    );
  else {
    const title = `carried by relays, as ${foreignText(node, TEXT_LENGTH_MAX)} was told`;
    const rows = sumsOf(linesOf(usage), by).map(({ of, packets, bytes, claimed }) => [
      foreignText(of, TEXT_LENGTH_MAX),
      String(packets),
      formatBytes(bytes),
      claimed > bytes ? formatBytes(claimed) : "the same",
    ]);
    output.out(formatTable(title, [by.toUpperCase(), "PACKETS", "BYTES", "CLAIMED"], rows));
    const missing = Math.max(...usage.map((told) => told.missing));
    if (!isWhole) output.out("more is held: ask for fewer hours, by --from and --to");
    if (missing > 0) output.out(`in some hour ${missing} nodes have sent no receipt`);
  }
  return EXIT_CODES.ok;
}

/** All pages of an agent's answer. */
async function askUsage(
  agent: string,
  organization: string | undefined,
  { from, to }: Pick<UsageOptions, "from" | "to">,
): Promise<{ readonly node: string; readonly usage: readonly ToldUsage[]; readonly isWhole: boolean }> {
  const usage: ToldUsage[] = [];
  let node = "";
  const asked = Object.entries({ organization, from, to }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  let after: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const query = new URLSearchParams(after === null ? asked : [...asked, ["after", after]]);
    const answer = usageForm.safeParse(await requestAdmin(agent, `/usage?${query.toString()}`));
    if (!answer.success) throw answerError(agent, "answered what is no usage");
    node = answer.data.node;
    usage.push(...answer.data.usage);
    const { next } = answer.data;
    if (next === null || next === after) return { node, usage, isWhole: next === null };
    after = next;
  }
  return { node, usage, isWhole: false };
}
