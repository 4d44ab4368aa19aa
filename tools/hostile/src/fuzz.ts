import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ground, type Strike, type Vertices } from "./ground.ts";
import { checkProcesses } from "./trial.ts";

const SEEDS = fileURLToPath(new URL("../fuzz-seeds.json", import.meta.url));
/** How long a seed is played; both processes are checked afterwards. */
const ROUND_S = 20;

interface SeedsFile {
  readonly description: string;
  readonly seeds: readonly number[];
}

/** The seeds that every run plays again. */
export function readSeeds(): readonly number[] {
  return readSeedsFile().seeds;
}

/** The cases of one seed, one after the other, until the time is over. */
export async function playSeed(ground: Ground, seed: number, seconds: number): Promise<Strike & { cases: number }> {
  return (await ground.strike("fuzz", { seed, seconds })) as Strike & { cases: number };
}

/**
 * Plays seed after seed on one mesh. A seed after which a process has ended or hangs is kept in fuzz-seeds.json.
 *
 * @returns what went wrong; undefined when nothing did
 */
export async function fuzzFor(
  seconds: number,
  first: number,
  onRound: (text: string) => void,
  vertices?: Vertices,
): Promise<string | undefined> {
  await using ground = await Ground.open({}, { isShort: false }, vertices);
  const deadline = performance.now() + seconds * 1000;
  for (let seed = first; performance.now() < deadline; seed++) {
    const left = Math.ceil((deadline - performance.now()) / 1000);
    const said = await playSeed(ground, seed, Math.min(ROUND_S, left)).catch((error: unknown) => error as Error);
    const wrong = (await checkProcesses(ground)).filter(({ isHeld }) => !isHeld).map(({ text }) => text);
    if (said instanceof Error) wrong.push(said.message);
    if (wrong.length > 0) {
      keepSeed(seed);
      return `seed ${seed}: ${wrong.join("; ")}`;
    }
    onRound(`seed ${seed}: ${(said as Strike).packets} packets, ${ground.megabytes().toFixed(0)} MB resident`);
  }
  return undefined;
}

function keepSeed(seed: number): void {
  const { description, seeds } = readSeedsFile();
  if (seeds.includes(seed)) return;
  writeFileSync(SEEDS, `${JSON.stringify({ description, seeds: [...seeds, seed] }, undefined, 2)}\n`);
}

function readSeedsFile(): SeedsFile {
  return JSON.parse(readFileSync(SEEDS, "utf8")) as SeedsFile;
}
