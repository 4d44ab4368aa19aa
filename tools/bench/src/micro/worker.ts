// Measures one subject of its own checkout, and prints each round's nanoseconds of CPU time per operation, as JSON.
// Usage: worker.js SUBJECT
import type { Work } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

const ROUNDS = 3;
const WARM_UP_MS = 100;
const ROUND_MS = 40;

const subject = SUBJECTS.find(({ name }) => name === process.argv[2]);
try {
  if (subject === undefined) throw new Error("its bench does not measure this");
  const work = await subject.prepare();
  await round(work, WARM_UP_MS);
  const figures: number[] = [];
  for (let index = 0; index < ROUNDS; index++) figures.push(await round(work, ROUND_MS));
  process.stdout.write(JSON.stringify(figures));
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exitCode = 1;
}
// Sockets that were measured would keep the process alive.
process.exit();

/** Nanoseconds of CPU time per operation, which other work on the machine changes little. The collector and the compiler count, too. */
async function round(repeated: Work, milliseconds: number): Promise<number> {
  let operations = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  do operations += await repeated();
  while (performance.now() - start < milliseconds);
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1000) / operations;
}
