import { runMesh, type SimOptions, type SimReport } from "./run-mesh.ts";
import type { SimEngineName } from "./sim-engine.ts";

/**
 * Runs the mesh of a seed.
 *
 * @throws Error that says how to run the seed again; its cause is the mistake
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

/** The number of nodes of a seed's mesh, if the caller gives none: two, three or four. */
export function nodesOf(seed: number): number {
  return 2 + (seed % 3);
}
