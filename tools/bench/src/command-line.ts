import { Command } from "commander";
import { PLACE_NAMES } from "./place.ts";
import { FULL, MEASURES, type Plan, QUICK } from "./plan.ts";
import { SYSTEMS } from "./systems.ts";
import { type Choice, CORES } from "./whole-run.ts";

export interface Options {
  readonly quick: boolean;
  readonly micro: boolean;
  readonly beside?: string;
  readonly only?: string;
  readonly measure?: string;
  readonly publish: boolean;
}

const names = Object.keys(SYSTEMS);
const always = names.filter((name) => SYSTEMS[name]!.isQuick);
const measureNames = [...MEASURES, ...PLACE_NAMES, ...CORES];

const program = new Command("bench")
  .description(
    "Measures the mesh and its peers over three links in network namespaces, one system at a time, in turns. Needs root. Peers that are not " +
      "installed are fetched from Debian and unpacked, not installed. Everything shares this machine's cores, so what counts is the " +
      "ratio within one run.",
  )
  .option("--quick", `one short run of the main measures, of ${always.join(", ")}`, false)
  .option("--micro", "the pure cores alone, in nanoseconds per operation, without root", false)
  .option(
    "--beside <folder>",
    "another checkout: it is built, and its mesh alone is measured beside this one's, in turns (with --micro: its pure cores)",
  )
  .option("--only <systems>", `comma-separated: ${names.join(", ")} (with --micro: words of what is measured)`)
  .option("--measure <measures>", `comma-separated: ${measureNames.join(", ")}`)
  .option("--publish", "also put the main table into README.md and its plot into docs/develop/bench.svg", false);

/** Ends the process when the options ask for something that does not exist. */
export function readOptions(): Options {
  const options = program.parse().opts<Options>();
  if (options.beside !== undefined && !options.micro && (options.only !== undefined || options.publish))
    fail("--beside measures the mesh alone: neither --only nor --publish goes with it");
  return options;
}

/** The choice that the options make. --micro and --beside are not part of it. */
export function choiceOf({ quick, only, measure, publish }: Options): Choice {
  const systems = chosen("system", only, names, quick ? always : names);
  const plan = quick ? QUICK : FULL;
  const wanted = chosen("measure", measure, measureNames, quick ? QUICK.measures : measureNames);
  const measures = MEASURES.filter((name) => wanted.includes(name));
  if (publish && !measures.includes("throughput")) fail("--publish needs the throughput");
  return {
    plan: { ...plan, measures },
    systems,
    places: PLACE_NAMES.filter((name) => wanted.includes(name)),
    placeSystems: systems.filter((name) => only !== undefined || always.includes(name)),
    cores: systems.includes("florenetes") ? CORES.filter((name) => wanted.includes(name)) : [],
  };
}

/** The measures that are taken of two checkouts. */
const BESIDE_MEASURES = ["round-trip", "throughput", "beside-bulk", "connection-rate"] as const;

/** The plan for two commits. They differ by some percent, so there are more rounds than for peers, and quick ones are longer. */
export function planBeside({ quick, measure }: Options): Plan {
  const measures = chosen("measure for --beside", measure, BESIDE_MEASURES, BESIDE_MEASURES);
  return quick ? { ...QUICK, measures, seconds: 2, repeats: 3 } : { ...FULL, measures, repeats: 5 };
}

/** Ends the process with a message: it was called wrongly. */
export function fail(message: string): never {
  return program.error(`error: ${message}`);
}

/** The names that the user gave, in the order of `all`. */
function chosen<Name extends string>(
  kind: string,
  named: string | undefined,
  all: readonly Name[],
  usual: readonly Name[],
): Name[] {
  const words = named?.split(",") ?? usual;
  const unknown = words.find((word) => !all.some((name) => name === word));
  if (unknown !== undefined) fail(`no ${kind} is called "${unknown}"; there are ${all.join(", ")}`);
  return all.filter((name) => words.includes(name));
}
