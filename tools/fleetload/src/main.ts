import { formatOperatorError, isOperatorError } from "@florenetes/operator-text";
import { useBundles } from "./bundles.ts";
import { readOptions } from "./command-line.ts";
import { tableOf } from "./report.ts";
import { type Figures, run } from "./run.ts";

const EXIT_INTERRUPTED = 130;

const { devices, seed, minutes, json } = readOptions();
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupt.abort());
try {
  await runAll();
} catch (error) {
  if (interrupt.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  else if (isOperatorError(error)) {
    process.stderr.write(`${formatOperatorError(error)}\n`);
    process.exitCode = 1;
  } else throw error;
}

/** Whoever is not there at the end of a run is a finding. */
async function runAll(): Promise<void> {
  using _bundles = useBundles();
  const all: Figures[] = [];
  for (const count of devices) {
    const say = (text: string): void => void process.stderr.write(`${count} devices: ${text}\n`);
    all.push(await run({ devices: count, seed, measuredMs: 60_000 * minutes, say, aborted: interrupt.signal }));
  }
  process.stdout.write(`${json ? JSON.stringify(all, undefined, 2) : tableOf(all)}\n`);
  const isWhole = all.every(
    ({ devices, up, central, hub }) => up.count === devices && central.count === central.lost && hub.count === hub.lost,
  );
  process.exitCode = isWhole ? 0 : 1;
}
