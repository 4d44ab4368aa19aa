import { runDirectory } from "./run-directory.ts";
import { runFigures } from "./run-figures.ts";
import { runFleet } from "./run-fleet.ts";

const NODES = 60;
/** Below this number of nodes there is no fleet with relays. */
const NODES_MIN = 20;
/** More agents have no room in a process: the directory is measured without them. */
const AGENTS_MAX = 2_000;
const MEBI = 1_048_576;

/** Measures a fleet of each seed, and prints its figures as they become known. */
export function runFleetFigures(first: number, count: number, nodes = NODES): void {
  checkNodes(nodes);
  if (nodes > AGENTS_MAX)
    return runDirectory(nodes, (line) => process.stdout.write(`directory of ${nodes} nodes: ${line}\n`));
  for (let seed = first; seed < first + count; seed++)
    runFigures(seed, nodes, (line) => process.stdout.write(`seed ${seed}, ${nodes} nodes: ${line}\n`));
}

/** Runs the fleets of some seeds, and prints a line for each. Throws an Error with the command that runs a seed again. */
export function runFleetSeeds(first: number, count: number, nodes = NODES): void {
  checkNodes(nodes);
  for (let seed = first; seed < first + count; seed++) {
    const beganAt = performance.now();
    const report = runFleet({ seed, nodes });
    const { outcomes, forwarded, charged, shareDenied, recoveries, heardMs, boundMs, origins, leaders, virtualMs } =
      report;
    const walks = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    const switches = [...recoveries].map(([reason, all]) => `${all.length} ${reason} (p95 ${quantile(all, 0.95)} ms)`);
    const pace = virtualMs / (performance.now() - beganAt);
    const memory = Math.round(process.memoryUsage().rss / MEBI);
    const parts = [
      `seed ${seed}: ${origins} origins, ${walks} packets (${outcomes.get("answered") ?? 0} answered), sent on ${forwarded} times, ${charged} of them charged to a share`,
      `${shareDenied} honest ones without a permit for their share`,
      `switches: ${switches.join(", ") || "none"}`,
      `voids heard in ${quantile(heardMs, 0.5)} ms (p50), ${quantile(heardMs, 0.99)} ms (p99), bound ${quantile(boundMs, 0.99)} ms later`,
      `${leaders} changes of leaders`,
      `${pace.toFixed(1)} virtual seconds a second, ${memory} MiB`,
    ];
    process.stdout.write(`${parts.join("; ")}\n`);
  }
}

function checkNodes(nodes: number): void {
  if (nodes < NODES_MIN) throw new RangeError(`--fabric takes ${NODES_MIN} nodes or more, and not ${nodes}`);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}
