import { Command } from "commander";
import { PLACE_NAMES } from "./place.ts";
import { FULL, MEASURES, type Plan, QUICK } from "./plan.ts";
import { SYSTEMS } from "./systems.ts";
import { type Choice, CORES } from "./whole-run.ts";

/** No system is begun later than this in a quick run. */
const QUICK_BEGINS_MS_MAX = 135_000;

export interface Options {
  readonly quick: boolean;
  readonly micro: boolean;
  readonly transit: boolean;
  readonly beside?: string;
  readonly only?: string;
  readonly measure?: string;
  readonly json?: string;
  readonly publish: boolean;
}

const names = Object.keys(SYSTEMS);
const always = names.filter((name) => SYSTEMS[name]!.isQuick);
const measureNames = [...MEASURES, ...PLACE_NAMES, ...CORES];

const program = new Command("bench")
  .description(
    "Measures the mesh and its peers over three links in network namespaces, one system at a time. Needs root. Peers that are not " +
      "installed are fetched from Debian and unpacked, not installed. Everything shares this machine's cores, so what counts is the " +
      "ratio within one run.",
  )
  .option("--quick", `one short run of the main measures, of ${always.join(", ")}`, false)
  .option("--micro", "the pure cores alone, in nanoseconds per operation, without root", false)
  .option(
    "--beside <checkout>",
    "a commit, or the folder of another checkout: it is built, and its mesh alone is measured beside this one's, in turns " +
      "(with --micro: its pure cores)",
  )
  .option("--transit", "one transit node fed by a generator, in packets per second, without root", false)
  .option("--only <systems>", `comma-separated: ${names.join(", ")} (with --micro: words of what is measured)`)
  .option("--measure <measures>", `comma-separated: ${measureNames.join(", ")}`)
  .option("--json <file>", "where the figures go, in place of a file in bench-results; the tables go beside it")
  .option("--publish", "also put the main table into README.md and its plot into docs/bench.svg", false);

/** Ends the process when it asks for what there is not. */
export function readOptions(): Options {
  const options = program.parse().opts<Options>();
  if (options.beside !== undefined) {
    if (options.transit) fail("--beside does not go with --transit");
    if (!options.micro && (options.only !== undefined || options.publish))
      fail("--beside measures the mesh alone: neither --only nor --publish goes with it");
  }
  return options;
}

/** The choice that the options make, where they ask for namespaces at all. */
export function choiceOf({ quick, only, measure, publish }: Options): Choice {
  const systems = chosen("system", only, names, quick ? always : names);
  const whole = quick ? QUICK : FULL;
  const wanted = chosen("measure", measure, measureNames, quick ? QUICK.measures : measureNames);
  const measures = MEASURES.filter((name) => wanted.includes(name));
  if (publish && !measures.includes("throughput")) fail("--publish needs the throughput");
  return {
    plan: { ...whole, measures },
    systems,
    places: PLACE_NAMES.filter((name) => wanted.includes(name)),
    placeSystems: systems.filter((name) => only !== undefined || always.includes(name)),
    cores: systems.includes("florenetes") ? CORES.filter((name) => wanted.includes(name)) : [],
    beginsMsMax: quick && only === undefined && measure === undefined ? QUICK_BEGINS_MS_MAX : Infinity,
  };
}

/** The measures that are taken of two checkouts. */
const BESIDE_MEASURES = ["round-trip", "throughput", "beside-bulk", "connection-rate"] as const;
/** More than of a system beside its peers: it is a matter of some percent. */
const BESIDE_ROUNDS = 5;
const BESIDE_ROUNDS_QUICK = 3;

export function planBeside({ quick, measure }: Options): Plan {
  const measures = chosen("measure for --beside", measure, BESIDE_MEASURES, BESIDE_MEASURES);
  return quick ? { ...QUICK, measures, repeats: BESIDE_ROUNDS_QUICK } : { ...FULL, measures, repeats: BESIDE_ROUNDS };
}

/** Ends the process with a message, as one that was called wrongly. */
export function fail(message: string): never {
  return program.error(`error: ${message}`);
}

/** Those that the user names, in our order. */
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
