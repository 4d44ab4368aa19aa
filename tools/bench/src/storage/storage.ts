/** Objects put to three holders and got from them, beside rsync over the same links: one file, one relay between. */
import { randomFillSync } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { addFigures, type Figures } from "../figures.ts";
import { untilQuiet } from "../measures/machine.ts";
import { run } from "../measures/programs.ts";
import { STORAGE_PLACE } from "../place.ts";
import type { Plan } from "../plan.ts";
import { emptyResult, type SystemResult } from "../system-result.ts";
import { COPIES, openStorageMesh, type StorageMesh } from "./storage-mesh.ts";

/** Keys of the results. */
export const PUT = "flor store put, per copy";
export const GET = "flor store get";
export const RSYNC = "rsync over the mesh";
export const RSYNC_BACK = "rsync back";

/** Megabytes of the file for each second of a measure. */
const MEGABYTES_PER_SECOND = 64;
const SECONDS_MAX = 300;

/** Measures in turns, the one after the other. A failure is a problem in all results. */
export async function measureStorage(plan: Plan, onStep: (text: string) => void): Promise<SystemResult[]> {
  const results = new Map([PUT, GET, RSYNC, RSYNC_BACK].map((key) => [key, emptyResult(key, STORAGE_PLACE)]));
  const megabytes = plan.seconds * MEGABYTES_PER_SECOND;
  try {
    await using mesh = await openStorageMesh();
    const file = join(mesh.folder, "file");
    for (let round = 0; round < plan.repeats; round++) {
      // Each round has other octets: nothing of the one before is there already.
      fill(file, megabytes);
      for (const [key, command, copies] of commandsOf(mesh, file, `round-${round}`)) {
        onStep(`storage, ${key}, ${round + 1} of ${plan.repeats}`);
        await untilQuiet(plan.quietMs);
        addFigures(results.get(key)!.figures, await rateOf(mesh, command, copies * megabytes));
      }
      rmSync(file);
    }
  } catch (error) {
    for (const { problems } of results.values()) problems.push((error as Error).message);
  }
  return [...results.values()];
}

/** The commands that a round measures, and how often the file goes over the relay by each. */
function commandsOf(
  mesh: StorageMesh,
  file: string,
  name: string,
): readonly (readonly [key: string, command: readonly string[], copies: number])[] {
  const rsync = ["rsync", "--whole-file", "--inplace"];
  return [
    [PUT, mesh.store("put", file, "--name", name), COPIES],
    [RSYNC, [...rsync, file, `${mesh.rsync}/${name}`], 1],
    [GET, mesh.store("get", name, "--out", `${file}.got`, "--identity", mesh.identity), 1],
    [RSYNC_BACK, [...rsync, `${mesh.rsync}/${name}`, `${file}.back`], 1],
  ];
}

async function rateOf({ lab }: StorageMesh, command: readonly string[], megabytes: number): Promise<Figures> {
  const startedAt = performance.now();
  await run(lab, "a", command, SECONDS_MAX);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { "Mbit/s, 1": (8 * megabytes) / seconds };
}

function fill(file: string, megabytes: number): void {
  const octets = Buffer.alloc(1_000_000);
  const descriptor = openSync(file, "w");
  try {
    for (let at = 0; at < megabytes; at++) writeSync(descriptor, randomFillSync(octets));
  } finally {
    closeSync(descriptor);
  }
}
