/** `npm run sim -- --seeds 100 --nodes 4`: meshes in virtual time, one for each seed; `--seed 7` runs that one alone, with what its processes log. */
import { inspect, parseArgs } from "node:util";
import { runMesh } from "./sim-mesh.ts";

const nodesMin = 2;
/** What three digits of an address hold. */
const nodesMax = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    seed: { type: "string" },
    nodes: { type: "string", default: "4" },
  },
});
const nodes = wholeNumber("nodes", values.nodes, nodesMin, nodesMax);
const first = values.seed === undefined ? 0 : wholeNumber("seed", values.seed, 0, 2 ** 32 - 1);
const count = values.seed === undefined ? wholeNumber("seeds", values.seeds, 1, 1_000_000) : 1;

const onLine = values.seed === undefined ? undefined : (line: string) => void process.stdout.write(`${line}\n`);

for (let seed = first; seed < first + count && process.exitCode === undefined; seed++) {
  try {
    const { done, reset, packets, restarts } = runMesh(seed, nodes, onLine);
    const what = `${restarts} restarts, ${packets} packets, ${done} answers, ${reset} resets`;
    process.stdout.write(`seed ${seed}: ${what}\n`);
  } catch (error) {
    const replay = `npm run sim -- --seed ${seed} --nodes ${nodes}`;
    process.stderr.write(`${inspect(error)}\nseed ${seed} failed; to see it again: ${replay}\n`);
    process.exitCode = 1;
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`--${name} takes a whole number from ${min} to ${max}, and not "${text}"`);
}
