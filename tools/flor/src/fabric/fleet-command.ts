import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { formatTable, requestAdmin } from "@florenetes/process-kit";
import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { added, FLEET_BY, type FleetBy, fleetForm, type FleetSum, fleetSums, type ToldFleet } from "./fleet-sums.ts";

const TEXT_LENGTH_MAX = 100;
/** Pages that are read of one agent: it holds no more rows than they have. */
const PAGES_MAX = 64;

interface FleetOptions {
  readonly agent: string;
  readonly by: FleetBy;
  readonly json?: true;
}

/** `flor fabric fleet`. */
export function addFleetCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("fleet")
    .description("say how the nodes of the fleet are, as observers have added up what nodes report")
    .requiredOption("--agent <socket>", "the admin socket of an agent: of an observer, a coordinator or a control node")
    .addOption(new Option("--by <what>", "what sums are made by").choices(FLEET_BY).default("partition"))
    .option("--json", "for programs")
    .action(async (options: FleetOptions) => finish(await showFleet(options, output)));
}

async function showFleet({ agent, by, json }: FleetOptions, output: Output): Promise<number> {
  const { node, fleet } = await askFleet(agent);
  if (json === true) output.out(visibleJson(JSON.stringify({ node, fleet }, undefined, 2)));
  else if (fleet.length === 0)
    output.out(
      `node ${shown(node)} was told nothing: no observer of a partition has been heard within the last 5 minutes`,
    );
  else for (const line of linesOf(node, fleet, by)) output.out(line);
  return EXIT_CODES.ok;
}

function* linesOf(node: string, fleet: readonly ToldFleet[], by: FleetBy): Generator<string> {
  const columns = [by.toUpperCase(), "HEARD", "SILENT", "UNWELL", "PHONES", "RELAYS", "CPU", "LINKS", "RTT", "LOSS"];
  const rows = fleetSums(fleet, by).map(rowOf);
  yield formatTable(`the fleet, as ${shown(node)} was told`, columns, rows);
  const whole = fleet.filter(({ organization }) => organization === null);
  for (const { partition, by: voice, observers } of whole) {
    const others = observers.filter(({ observer }) => observer !== voice).map(({ observer }) => shown(observer));
    const { at = "", since = "" } = observers.find(({ observer }) => observer === voice) ?? {};
    const also = others.length === 0 ? "no other observer is heard" : `so do ${others.join(", ")}`;
    yield `${shown(partition)}: ${shown(voice)} says so, at ${at}, and listens since ${since}; ${also}`;
  }
  const findings = added(whole.map(({ all }) => all.findings));
  if (Object.keys(findings).length > 0) yield `unwell: ${countsText(findings)}`;
  const versions = added(whole.map((told) => told.versions));
  const rest = whole.reduce((sum, { otherVersions }) => sum + otherVersions, 0);
  if (Object.keys(versions).length > 0)
    yield `versions: ${countsText(versions)}${rest > 0 ? `, ${rest} with any other` : ""}`;
}

function rowOf({ of, nodes, mean }: FleetSum): string[] {
  const counts = ["heard", "silent", "unwell", "phones", "relays"].map((what) => String(nodes[what] ?? 0));
  const roundTrip = mean("round-trip");
  const [cpu, links, loss] = ["cpu", "links", "loss"].map(mean);
  return [
    shown(of),
    ...counts,
    cpu === undefined ? "-" : `${Math.round(cpu)} %`,
    links === undefined ? "-" : links.toFixed(1),
    roundTrip === undefined ? "-" : `${(roundTrip / 1_000).toFixed(1)} ms`,
    loss === undefined ? "-" : `${(loss / 10_000).toFixed(2)} %`,
  ];
}

/** The most first. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return sorted.map(([name, value]) => `${shown(name)} ${value}`).join(", ");
}

function shown(text: string): string {
  return foreignText(text, TEXT_LENGTH_MAX);
}

/** All pages of an agent's answer. */
async function askFleet(agent: string): Promise<{ readonly node: string; readonly fleet: readonly ToldFleet[] }> {
  const fleet: ToldFleet[] = [];
  let node = "";
  let after: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const query: string = after === null ? "" : `?${new URLSearchParams({ after }).toString()}`;
    const answer = fleetForm.safeParse(await requestAdmin(agent, `/fleet${query}`));
    if (!answer.success) throw answerError(agent, "answered what is no fleet");
    node = answer.data.node;
    fleet.push(...answer.data.fleet);
    const { next } = answer.data;
    if (next === null || next === after) break;
    after = next;
  }
  return { node, fleet };
}
