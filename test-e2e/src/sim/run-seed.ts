import { runMesh, type SimReport } from "./run-mesh.ts";

/**
 * Runs the mesh of a seed.
 *
 * @param onLine takes what the processes log
 * @throws Error that says how to see it again; its cause is what went wrong
 */
export function runSeed(seed: number, nodes: number, onLine?: (line: string) => void): SimReport {
  try {
    return runMesh(seed, nodes, onLine);
  } catch (cause) {
    const replay = `npm run sim -- --seed ${seed} --nodes ${nodes}`;
    throw new Error(`seed ${seed} failed; to see it again: ${replay}`, { cause });
  }
}

/** How many nodes the mesh of a seed has where nobody says: two, three or four. */
export function nodesOf(seed: number): number {
  return 2 + (seed % 3);
}
