import { Command } from "commander";
import { GROUNDS } from "./grounds.ts";
import { MEASURES, type MeasureName, type Plan } from "./plan.ts";
import { FULL, QUICK } from "./plans.ts";
import { SYSTEMS } from "./systems.ts";
import { type Choice, CORES } from "./take-figures.ts";

/** No system is begun later than this in a quick run. */
const QUICK_BEGINS_MS_MAX = 135_000;

export interface Options {
  readonly quick: boolean;
  readonly micro: boolean;
  readonly transit: boolean;
  readonly beside?: string;
  readonly only?: string;
  readonly measure?: string;
  readonly json: string;
  readonly publish: boolean;
  /** Whether `json` was given. */
  readonly isJsonNamed: boolean;
}

const names = Object.keys(SYSTEMS);
const measureNames = [...MEASURES, ...GROUNDS, ...CORES];

const program = new Command("bench")
  .description(
    "Measures the mesh and its peers over three links in network namespaces, one system at a time. Needs root. Peers that are not " +
      "installed are fetched from Debian and unpacked, not installed. Everything shares this machine's cores, so what counts is the " +
      "ratio within one run.",
  )
  .option("--quick", `one short run of the main measures, of ${namesTaken("always").join(", ")}`, false)
  .option("--micro", "the pure cores alone, in nanoseconds per operation, without root", false)
  .option(
    "--beside <checkout>",
    "a commit, or the folder of another checkout: it is built, and its mesh alone is measured beside this one's, in turns " +
      "(with --micro: its pure cores)",
  )
  .option("--transit", "one transit node fed by a generator, in packets per second, without root", false)
  .option("--only <systems>", `comma-separated: ${names.join(", ")} (with --micro: words of what is measured)`)
  .option("--measure <measures>", `comma-separated: ${measureNames.join(", ")}`)
  .option("--json <file>", "where the figures go; the tables go beside it", "bench-results/latest.json")
  .option("--publish", "also put the main table into README.md and its plot into docs/bench.svg", false);

/** Ends the process when it asks for what there is not. */
export function readOptions(): Options {
  const options = program.parse().opts<Omit<Options, "isJsonNamed">>();
  if (options.beside !== undefined) {
    if (options.transit) fail("--beside does not go with --transit");
    if (!options.micro && (options.only !== undefined || options.publish))
      fail("--beside measures the mesh alone: neither --only nor --publish goes with it");
  }
  return { ...options, isJsonNamed: program.getOptionValueSource("json") !== "default" };
}

/** What the options ask for, where they ask for namespaces at all. */
export function choiceOf({ quick, only, measure, publish }: Options): Choice {
  const always = namesTaken("always");
  const systems = only?.split(",") ?? (quick ? always : [...always, ...namesTaken("in the full run")]);
  for (const name of systems) requireOne("system", name, names);
  const whole = quick ? QUICK : FULL;
  const wanted = measure?.split(",") ?? [...whole.measures, ...(quick ? [] : [...GROUNDS, ...CORES])];
  for (const name of wanted) requireOne("measure", name, measureNames);
  const measures = MEASURES.filter((name) => wanted.includes(name));
  if (publish && !measures.includes("throughput")) fail("--publish needs the throughput");
  const hasMesh = systems.includes("florenetes");
  return {
    plan: { ...whole, measures },
    systems: names.filter((name) => systems.includes(name)),
    grounds: GROUNDS.filter((name) => wanted.includes(name)),
    groundSystems: names.filter((name) => systems.includes(name) && (only !== undefined || always.includes(name))),
    cores: hasMesh ? CORES.filter((name) => wanted.includes(name)) : [],
    beginsMsMax: quick && only === undefined && measure === undefined ? QUICK_BEGINS_MS_MAX : Infinity,
  };
}

/** What is measured of two checkouts. */
const BESIDE_MEASURES: readonly MeasureName[] = ["round-trip", "throughput", "beside-bulk", "connection-rate"];
/** More than of a system beside its peers: it is a matter of some percent. */
const BESIDE_ROUNDS = 5;
const BESIDE_ROUNDS_QUICK = 3;

export function planBeside({ quick, measure }: Options): Plan {
  const wanted = measure?.split(",") ?? BESIDE_MEASURES;
  for (const name of wanted) requireOne("measure for --beside", name, BESIDE_MEASURES);
  const whole = quick ? { ...QUICK, repeats: BESIDE_ROUNDS_QUICK } : { ...FULL, repeats: BESIDE_ROUNDS };
  return { ...whole, measures: BESIDE_MEASURES.filter((name) => wanted.includes(name)) };
}

/** Ends the process with a message, as one that was called wrongly. */
export function fail(message: string): never {
  return program.error(`error: ${message}`);
}

function namesTaken(when: string): string[] {
  return names.filter((name) => SYSTEMS[name]!.taken === when);
}

function requireOne(kind: string, name: string, all: readonly string[]): void {
  if (!all.includes(name)) fail(`no ${kind} is called "${name}"; there are ${all.join(", ")}`);
}
