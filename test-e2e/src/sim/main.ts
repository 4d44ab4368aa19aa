/**
 * `npm run sim -- --seeds 100 --nodes 4`: meshes in virtual time, one for each seed; of two to four nodes without `--nodes`.
 * `--seed 7` runs one mesh alone, with all that its processes log; `--engine native` has meshes over the engine of native/.
 * `--facts` runs agents of a fabric instead, 50 of them without `--nodes`; `--fabric` a fleet with links, routes and packets, of 60.
 * `--fabric --figures` has no trouble in the fleet, but the death of one relay, and prints what agents of each role cost; of more than 2,000 nodes it measures the directory alone.
 */
import { parseArgs } from "node:util";
import { runFleetFigures, runFleetSeeds } from "./fabric/fleet-seeds.ts";
import { runFactsSeeds } from "./facts/facts-seeds.ts";
import { nodesOf } from "./run-seed.ts";
import { SIM_ENGINES, type SimEngineName } from "./sim-engine.ts";
import { SeedRunner } from "./seed-runner.ts";

const NODES_MIN = 2;
/** The number of nodes that two octets of an address tell apart; a directory has no addresses. */
const NODES_MAX = 65_536;
const DIRECTORY_MAX = 1_000_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    seed: { type: "string" },
    nodes: { type: "string" },
    engine: { type: "string", default: "simulated" },
    facts: { type: "boolean", default: false },
    fabric: { type: "boolean", default: false },
    figures: { type: "boolean", default: false },
  },
});
const nodes =
  values.nodes === undefined
    ? undefined
    : wholeNumber("nodes", values.nodes, NODES_MIN, values.figures ? DIRECTORY_MAX : NODES_MAX);
const engine = SIM_ENGINES.find((name) => name === values.engine);
if (engine === undefined)
  throw new RangeError(`--engine takes ${SIM_ENGINES.join(" or ")}, and not "${values.engine}"`);
const FIRST = values.seed === undefined ? 0 : wholeNumber("seed", values.seed, 0, 2 ** 32 - 1);
const COUNT = values.seed === undefined ? wholeNumber("seeds", values.seeds, 1, 1_000_000) : 1;

try {
  if (values.figures && !values.fabric) throw new RangeError("--figures are those of a fleet: it takes --fabric");
  if (values.fabric && values.figures) runFleetFigures(FIRST, COUNT, nodes);
  else if (values.fabric) runFleetSeeds(FIRST, COUNT, nodes);
  else if (values.facts) runFactsSeeds(FIRST, COUNT, nodes);
  else await runMeshes(engine);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function runMeshes(engine: SimEngineName): Promise<void> {
  const onLine = values.seed === undefined ? undefined : (line: string) => void process.stdout.write(`${line}\n`);
  const runner = new SeedRunner(onLine);
  try {
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const { done, reset, packets, restarts } = await runner.run(seed, nodes ?? nodesOf(seed), engine);
      const happened = `${restarts} restarts, ${packets} packets, ${done} answers, ${reset} resets`;
      process.stdout.write(`seed ${seed}: ${happened}\n`);
    }
  } finally {
    await runner.close();
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`--${name} takes a whole number from ${min} to ${max}, and not "${text}"`);
}
