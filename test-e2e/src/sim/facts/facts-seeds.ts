import { runFacts } from "./run-facts.ts";

const NODES = 50;
/** Below this number of nodes there is no fabric with relays. */
const NODES_MIN = 20;
const MEBI = 1_048_576;

/** Runs the fabrics of some seeds, and prints a line for each. Throws an Error with the command that runs a seed again. */
export function runFactsSeeds(first: number, count: number, nodes = NODES): void {
  if (nodes < NODES_MIN) throw new RangeError(`--facts takes ${NODES_MIN} nodes or more, and not ${nodes}`);
  for (let seed = first; seed < first + count; seed++) {
    const beganAt = performance.now();
    const { spreadMs, virtualMs, restarts, partitions, refused, muted } = runFacts(seed, nodes);
    const pace = virtualMs / (performance.now() - beganAt);
    const memory = Math.round(process.memoryUsage().rss / MEBI);
    const spread = `a record is everywhere in ${quantile(spreadMs, 0.5)} ms (p50), ${quantile(spreadMs, 0.99)} ms (p99)`;
    const troubles = `${restarts} restarts, ${partitions} partitions, ${refused} records refused, ${muted} times muted`;
    const cost = `${pace.toFixed(1)} virtual seconds a second, ${memory} MiB`;
    process.stdout.write(`seed ${seed}: ${spread}; ${troubles}; ${cost}\n`);
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
