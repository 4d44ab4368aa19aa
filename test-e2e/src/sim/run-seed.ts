import { runMesh, type SimObserver, type SimReport } from "./run-mesh.ts";

/**
 * Runs the mesh of a seed.
 *
 * @throws Error that says how to see it again; its cause is what went wrong
 */
export function runSeed(seed: number, nodes: number, observer?: SimObserver): SimReport {
  try {
    return runMesh(seed, nodes, observer);
  } catch (cause) {
    throw new Error(`seed ${seed} failed; to see it again: ${replayOf(seed, nodes)}`, { cause });
  }
}

/** The command that runs the mesh of a seed again. */
export function replayOf(seed: number, nodes: number): string {
  return `npm run sim -- --seed ${seed} --nodes ${nodes}`;
}

/** How many nodes the mesh of a seed has where nobody says: two, three or four. */
export function nodesOf(seed: number): number {
  return 2 + (seed % 3);
}
