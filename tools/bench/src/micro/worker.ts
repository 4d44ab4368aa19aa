// Measures the subjects in the code of the checkout that it lies in, a round whenever it is asked. Usage: worker.js, over IPC.
import type { Work } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

/** A question to the worker. Each gets one answer. */
export type Question = { readonly prepare: string; readonly warmUpMs: number } | { readonly roundMs: number };
/** Nanoseconds of CPU time per operation; null when there was nothing to measure but preparation. */
export type Answer = { readonly nanoseconds: number | null } | { readonly problem: string };

let work: Work | undefined;

// Sockets that are measured would keep it alive.
process.once("disconnect", () => process.exit());

process.on("message", (question: Question) => {
  answer(question).then(
    (nanoseconds) => process.send!({ nanoseconds } satisfies Answer),
    (error: unknown) => process.send!({ problem: (error as Error).message } satisfies Answer),
  );
});

async function answer(question: Question): Promise<number | null> {
  if ("roundMs" in question) return round(work!, question.roundMs);
  const subject = SUBJECTS.find(({ name }) => name === question.prepare);
  if (subject === undefined) throw new Error("its bench does not measure this");
  work = await subject.prepare();
  await round(work, question.warmUpMs);
  return null;
}

/** CPU time, which other work on the machine changes little, of all threads: the collector's and the compiler's too. */
async function round(repeated: Work, milliseconds: number): Promise<number> {
  let operations = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  do operations += await repeated();
  while (performance.now() - start < milliseconds);
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1000) / operations;
}
