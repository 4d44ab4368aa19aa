import { runMesh, type SimOptions, type SimReport } from "./run-mesh.ts";
import type { SimEngineName } from "./sim-engine.ts";

/**
 * Runs the mesh of a seed.
 *
 * @throws Error that says how to see it again; its cause is what went wrong
 */
export function runSeed(seed: number, nodes: number, options: SimOptions): SimReport {
  try {
    return runMesh(seed, nodes, options);
  } catch (cause) {
    throw new Error(`seed ${seed} failed; to see it again: ${replayOf(seed, nodes, options.engine)}`, { cause });
  }
}

/** The command that runs the mesh of a seed again. */
export function replayOf(seed: number, nodes: number, engine: SimEngineName): string {
  return `npm run sim -- --seed ${seed} --nodes ${nodes}${engine === "simulated" ? "" : ` --engine ${engine}`}`;
}

/** How many nodes the mesh of a seed has where nobody says: two, three or four. */
export function nodesOf(seed: number): number {
  return 2 + (seed % 3);
}
