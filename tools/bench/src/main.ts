import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aimsOf, aimTable, isMet } from "./aims.ts";
import { measureBeside, renderBeside } from "./beside.ts";
import { choiceOf, fail, planBeside, readOptions } from "./command-line.ts";
import { measureMicro } from "./micro/micro.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { buildOtherCheckout, commitOf, type OtherCheckout } from "./other-checkout.ts";
import { renderPlot } from "./plot.ts";
import { publishTable } from "./publish.ts";
import { renderRun } from "./report.ts";
import type { Run } from "./run.ts";
import { takeFigures } from "./whole-run.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const RESULTS = "bench-results";
const PLOT = "docs/develop/bench.svg";
/** Open files for ten thousand connections through a chain of proxies, some of which have four sockets for a connection. */
const FILES = 65_536;

const options = readOptions();
const head = {
  takenAt: new Date().toISOString(),
  commit: commitOf(ROOT),
  machine: `${cpus().length} cores (${cpus()[0]?.model}), Linux ${release()}, Node ${process.version}`,
};
// A lab's processes end with the process that owns it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

if (options.micro) await runMicro();
else if (options.beside !== undefined) await runBeside(options.beside);
else await runWhole();

async function runMicro(): Promise<void> {
  const other = options.beside === undefined ? undefined : openOther(options.beside);
  const only = options.only?.split(",");
  const results = await measureMicro(only, say, other).catch((error: unknown) => fail((error as Error).message));
  const isBroken = results.some(({ here }) => here.length === 0);
  const tables = `${renderMicro(results, other?.name)}\n${aimTable(aimsOf({ results: [], micro: results }))}`;
  finish("micro", { ...head, beside: other?.name ?? null, results }, tables, isBroken);
}

async function runBeside(folder: string): Promise<void> {
  const plan = planBeside(options);
  requireNamespaces();
  const other = openOther(folder);
  const results = await measureBeside(other, plan, say);
  const isBroken = [...results.here, ...results.beside].some(({ problems }) => problems.length > 0);
  finish("beside", { ...head, other: other.name, plan, ...results }, renderBeside(results, other.name), isBroken);
}

async function runWhole(): Promise<void> {
  const choice = choiceOf(options);
  if (choice.plan.measures.length + choice.places.length > 0) requireNamespaces();
  const startedAt = performance.now();
  const figures = await takeFigures(choice, say);
  const run: Run = { ...head, tookSeconds: (performance.now() - startedAt) / 1000, plan: choice.plan, ...figures };
  if (options.publish) publish(run);
  const aims = aimsOf(run).map((aim) => ({ ...aim, isMet: isMet(aim) }));
  const isBroken = [...run.results, ...run.micro].some(({ problems }) => problems.length > 0);
  finish("latest", { ...run, aims }, renderRun(run), isBroken);
}

function publish(run: Run): void {
  writeFileSync(join(ROOT, PLOT), renderPlot(run));
  const readme = join(ROOT, "README.md");
  writeFileSync(readme, publishTable(readFileSync(readme, "utf8"), run, PLOT));
}

/** Writes the results and the tables to files, and the tables to the terminal. */
function finish(name: string, found: object, tables: string, isBroken: boolean): void {
  const [json, markdown] = [`${RESULTS}/${name}.json`, `${RESULTS}/${name}.md`];
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(json, `${JSON.stringify(found, undefined, 2)}\n`);
  writeFileSync(markdown, tables);
  process.stdout.write(`${tables}\nAll figures: ${json}; these tables: ${markdown}\n`);
  if (isBroken) process.exitCode = 1;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function openOther(folder: string): OtherCheckout {
  say(`building ${folder}`);
  try {
    return buildOtherCheckout(folder);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** Demands root, and lets this process, and all that it starts, have many files open if that is allowed. */
function requireNamespaces(): void {
  if (process.getuid?.() !== 0) fail("the bench makes network namespaces: run it as root");
  try {
    execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${FILES}:${FILES}`], { stdio: "ignore" });
  } catch {
    // A measure that needs more files says then that it could not be taken.
  }
}
