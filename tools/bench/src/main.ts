import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { aimsOf, isMet } from "./aims.ts";
import { measureBeside, renderBeside } from "./beside.ts";
import { choiceOf, fail, planBeside, readOptions } from "./command-line.ts";
import { measureMicro } from "./micro/micro.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { FULL, QUICK } from "./plan.ts";
import { openOtherCheckout, type OtherCheckout } from "./other-checkout.ts";
import { renderPlot } from "./plot.ts";
import { publishTable } from "./publish.ts";
import { renderRun } from "./report.ts";
import type { Run } from "./run.ts";
import { measureTransit, renderTransit } from "./transit/transit.ts";
import { takeFigures } from "./whole-run.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Ten thousand connections through a chain of proxies, some of which have four sockets for each. */
const FILES = 65_536;

const options = readOptions();
const head = { takenAt: new Date().toISOString(), commit: commitOfCheckout(), node: process.version };
// A lab's processes end with the process that owns it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

if (options.micro) await runMicro();
else if (options.transit) await runTransit();
else if (process.getuid?.() !== 0) fail("the bench makes network namespaces: run it as root");
else if (options.beside !== undefined) await runBeside(options.beside);
else await runWhole();

async function runMicro(): Promise<void> {
  using other = options.beside === undefined ? undefined : openOther(options.beside);
  const only = options.only?.split(",");
  const results = await measureMicro(only, say, other).catch((error: unknown) => fail((error as Error).message));
  const isBroken = results.some(({ here }) => here.length === 0);
  finish("micro", { ...head, beside: other?.name ?? null, results }, renderMicro(results, other?.name), isBroken);
}

async function runTransit(): Promise<void> {
  const plan = options.quick ? QUICK : FULL;
  const results = await measureTransit(plan, say);
  const isBroken = results.some(({ problems }) => problems.length > 0);
  finish("transit", { ...head, plan, results }, renderTransit(results), isBroken);
}

async function runBeside(where: string): Promise<void> {
  const plan = planBeside(options);
  using other = openOther(where);
  raiseFileLimit();
  const rounds = await measureBeside(other, plan, say);
  const isBroken = rounds.some(({ here, beside }) => here.problems.length + beside.problems.length > 0);
  finish("beside", { ...head, beside: other.name, plan, rounds }, renderBeside(rounds, other.name), isBroken);
}

async function runWhole(): Promise<void> {
  const choice = choiceOf(options);
  raiseFileLimit();
  const startedAt = performance.now();
  const figures = await takeFigures(choice, say);
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? "unknown", kernel: release(), node: head.node };
  const run: Run = { ...head, tookSeconds, machine, plan: choice.plan, ...figures };
  if (options.publish) publish(run);
  const aims = aimsOf(run).map((aim) => ({ ...aim, isMet: isMet(aim) }));
  const isBroken = run.problems.length > 0 || run.results.some(({ problems }) => problems.length > 0);
  finish("latest", { ...run, aims }, renderRun(run), isBroken);
}

function publish(run: Run): void {
  writeFileSync(join(ROOT, "docs", "bench.svg"), renderPlot(run));
  const readme = join(ROOT, "README.md");
  writeFileSync(readme, publishTable(readFileSync(readme, "utf8"), run, "docs/bench.svg"));
}

/** Writes what was found to files, and the tables to the terminal, too. */
function finish(name: string, found: object, tables: string, isBroken: boolean): void {
  const json = options.json ?? `bench-results/${name}.json`;
  const markdown = json.replace(/(\.json)?$/, ".md");
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(found, undefined, 2)}\n`);
  writeFileSync(markdown, tables);
  process.stdout.write(`${tables}\nAll figures: ${json}; these tables: ${markdown}\n`);
  if (isBroken) process.exitCode = 1;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function openOther(where: string): OtherCheckout {
  say(`building ${where}`);
  try {
    return openOtherCheckout(ROOT, where);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** Lets this process, and all that it starts, have so many files open. Where that is not allowed, they have what there is. */
function raiseFileLimit(): void {
  try {
    execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${FILES}:${FILES}`], { stdio: "ignore" });
  } catch {
    // Then a measure that needs them says that it could not be taken.
  }
}

/** "unknown" without git. */
function commitOfCheckout(): string {
  try {
    const argv = ["describe", "--always", "--dirty"];
    return execFileSync("git", argv, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
