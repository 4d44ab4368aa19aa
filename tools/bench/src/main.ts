import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { aimsOf } from "./aims.ts";
import { measureBeside } from "./beside/beside.ts";
import { renderBeside } from "./beside/beside-table.ts";
import { choiceOf, fail, planBeside, readOptions } from "./command-line.ts";
import { raiseFileLimit } from "./file-limit.ts";
import { runMicro } from "./micro/run-micro.ts";
import { openOtherCheckout, type OtherCheckout } from "./other-checkout.ts";
import { renderPlot } from "./plot.ts";
import { publishTable } from "./publish.ts";
import { writeResultFile } from "./result-file.ts";
import type { Run } from "./run.ts";
import { renderRun } from "./run-text.ts";
import { sweepDead, sweepOwn } from "./sweep.ts";
import type { System } from "./system.ts";
import { takeFigures, type Watcher } from "./take-figures.ts";
import { runTransit } from "./transit/run-transit.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SIGNAL_ARRIVES_MS = 200;

const options = readOptions();
if (options.micro || options.transit) await runAlone();
else if (options.beside !== undefined) await runBeside(options.beside);
else await runWhole();

/** What needs neither root nor namespaces. */
async function runAlone(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
  const { beside, only, micro, quick } = options;
  if (micro) {
    await runMicro({ ...(beside && { beside }), ...(only && { only: only.split(",") }) }, jsonFile("micro")).catch(
      (error: unknown) => fail((error as Error).message),
    );
  } else await runTransit(quick, jsonFile("transit"));
  process.exit();
}

/** The mesh of this checkout beside that of another one. */
async function runBeside(where: string): Promise<void> {
  requireRoot();
  const plan = planBeside(options);
  process.stderr.write(`bench: building ${where}\n`);
  using other = builtOrFail(where);
  const run = await raising((watcher) => measureBeside(other, plan, watcher));
  const json = jsonFile("beside");
  writeResultFile(json, { takenAt: new Date().toISOString(), commit: commitOfCheckout(), plan, ...run });
  process.stdout.write(`${renderBeside(run)}\nAll figures: ${json}\n`);
  if (run.rounds.some(({ here, beside }) => here.problems.length + beside.problems.length > 0)) process.exitCode = 1;
}

function builtOrFail(where: string): OtherCheckout {
  try {
    return openOtherCheckout(ROOT, where);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** Runs what raises systems; whatever ends it, nothing is left running. */
async function raising<T>(take: (watcher: Watcher) => Promise<T>): Promise<T> {
  sweepDead();
  raiseFileLimit();
  let raised: System | undefined;
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Whoever asks twice must not end it in the midst of that.
    process.on(signal, () => {
      if (!ending.signal.aborted) void stop(raised);
      ending.abort();
    });
  }
  return take({
    onStep: (text) => process.stderr.write(`bench: ${text}\n`),
    onRaised: (system) => (raised = system),
    signal: ending.signal,
  }).catch(async (error: unknown) => {
    // Ctrl-C ends the commands that are run, too, and they tell of it first. Then `stop` ends the process.
    await sleep(SIGNAL_ARRIVES_MS);
    if (ending.signal.aborted) await new Promise(() => undefined);
    sweepOwn();
    throw error;
  });
}

async function runWhole(): Promise<void> {
  requireRoot();
  const choice = choiceOf(options);
  const startedAt = performance.now();
  const figures = await raising((watcher) => takeFigures(choice, watcher));
  const run: Run = {
    takenAt: new Date().toISOString(),
    tookSeconds: (performance.now() - startedAt) / 1000,
    commit: commitOfCheckout(),
    machine: {
      cores: cpus().length,
      model: cpus()[0]?.model ?? "unknown",
      kernel: release(),
      node: process.version,
    },
    plan: choice.plan,
    ...figures,
    aims: aimsOf(figures),
  };
  writeResultFile(options.json, run);
  const text = renderRun(run);
  const markdown = options.json.replace(/(\.json)?$/, ".md");
  writeResultFile(markdown, text);
  if (options.publish) publish(run);
  process.stdout.write(`${text}\nAll figures: ${options.json}; these tables: ${markdown}\n`);
  const results = [...figures.results, ...figures.grounds.flatMap((ground) => ground.results)];
  if ([...results, ...(figures.floors ? [figures.floors] : [])].some(({ problems }) => problems.length > 0)) {
    process.exitCode = 1;
  }
}

/** Nothing is left running when the bench is told to end. */
async function stop(raised: System | undefined): Promise<void> {
  try {
    await raised?.[Symbol.asyncDispose]();
  } finally {
    sweepOwn();
    process.exit(130);
  }
}

function publish(run: Run): void {
  writeFileSync(join(ROOT, "docs", "bench.svg"), renderPlot(run));
  const readme = join(ROOT, "README.md");
  writeFileSync(readme, publishTable(readFileSync(readme, "utf8"), run, "docs/bench.svg"));
}

function requireRoot(): void {
  if (process.getuid?.() !== 0) fail("the bench makes network namespaces: run it as root");
}

function jsonFile(name: string): string {
  return options.isJsonNamed ? options.json : `bench-results/${name}.json`;
}

/** "unknown" without git. */
function commitOfCheckout(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  } catch {
    return "unknown";
  }
}
