import { writeResultFile } from "../result-file.ts";
import { measureMicro, type MicroOptions } from "./micro.ts";
import { renderMicro } from "./micro-table.ts";

/** `bench --micro`: measures, prints the table, writes all figures to a file. */
export async function runMicro(options: MicroOptions, json: string): Promise<void> {
  const startedAt = performance.now();
  const run = await measureMicro(options, (name) => process.stderr.write(`bench: ${name}\n`));
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const taken = { takenAt: new Date().toISOString(), tookSeconds, node: process.version, ...run };
  writeResultFile(json, taken);
  process.stdout.write(`${renderMicro(run)}\nAll figures: ${json}\n`);
  if (run.results.some(({ here }) => here === null)) process.exitCode = 1;
}
