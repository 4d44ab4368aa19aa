import { writeResultFile } from "../result-file.ts";
import { measureTransit } from "./transit.ts";
import { renderTransit } from "./transit-table.ts";

const FULL = { seconds: 3, repeats: 3, quietMs: 10_000 };
const QUICK = { seconds: 1, repeats: 1, quietMs: 1_000 };

/** `bench --transit`: measures, prints the table, writes all figures to a file. */
export async function runTransit(isQuick: boolean, json: string): Promise<void> {
  const plan = isQuick ? QUICK : FULL;
  const results = await measureTransit(plan, (text) => process.stderr.write(`bench: ${text}\n`));
  const run = { takenAt: new Date().toISOString(), node: process.version, plan, results };
  writeResultFile(json, run);
  process.stdout.write(`${renderTransit(results)}\nAll figures: ${json}\n`);
  if (results.some(({ problem }) => problem !== null)) process.exitCode = 1;
}
