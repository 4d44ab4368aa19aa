import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { ensurePackage } from "./debian.ts";
import { measureFloors } from "./floors/floors.ts";
import { renderFloors } from "./floors/floor-table.ts";
import { runMicro } from "./micro/run-micro.ts";
import { emptyResult, MEASURES, type MeasureName, measureSystem, type Plan, type SystemResult } from "./plan.ts";
import { renderPage } from "./page/page.ts";
import { publishTable, renderPlot } from "./page/publish.ts";
import { renderOutages, renderReport } from "./report.ts";
import type { Run } from "./run.ts";
import { sweepDead, sweepOwn } from "./sweep.ts";
import type { System } from "./system.ts";
import { SYSTEMS } from "./systems.ts";
import { runTransit } from "./transit/run-transit.ts";

const FULL: Plan = {
  measures: MEASURES,
  seconds: 10,
  roundTrips: 5000,
  besideSeconds: 5,
  connectionSeconds: 5,
  connections: 200,
  repeats: 3,
  outages: 3,
  quietMs: 10_000,
};
/** What takes long, and changes least from day to day, is left out: the whole run stays below three minutes. */
const QUICK: Plan = {
  measures: MEASURES.filter((measure) => measure !== "outages"),
  seconds: 2,
  roundTrips: 1000,
  besideSeconds: 1,
  connectionSeconds: 1,
  connections: 200,
  repeats: 1,
  outages: 1,
  quietMs: 1_000,
};

/** No system is begun later than this in a quick run. */
const QUICK_BEGINS_MS_MAX = 145_000;

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const names = Object.keys(SYSTEMS);
const namesTaken = (when: readonly string[]): string[] => names.filter((name) => when.includes(SYSTEMS[name]!.taken));
const program = new Command("bench")
  .description(
    "Measures the mesh and its peers over three links in network namespaces, one system at a time. Needs root. Peers that are not " +
      "installed are fetched from Debian and unpacked, not installed. Everything shares this machine's cores, so what counts is the " +
      "ratio within one run.",
  )
  .option("--quick", `one short run of each measure but outages, of ${namesTaken(["always"]).join(", ")}`, false)
  .option("--micro", "the pure cores alone, in nanoseconds per operation, without root", false)
  .option("--beside <commit>", "with --micro: another commit is measured beside this checkout, in turns")
  .option("--transit", "one transit node fed by a generator, in packets per second, without root", false)
  .option(
    "--only <systems>",
    `comma-separated: ${names.join(", ")}; all but the ones below when left out (with --micro: words of what is measured)`,
  )
  .option("--measure <measures>", `comma-separated: ${MEASURES.join(", ")}`)
  .option("--json <file>", "where the figures go", "bench-results/latest.json")
  .option("--page <file>", "where the page with plots goes", "bench-results/latest.html")
  .option("--publish", "also put the main table into README.md and its plot into docs/bench.svg", false)
  .addHelpText("after", `\nMeasured only when named: ${namesTaken(["when named"]).join(", ") || "none"}`);
program.parse();
interface Options {
  readonly quick: boolean;
  readonly micro: boolean;
  readonly transit: boolean;
  readonly beside?: string;
  readonly only?: string;
  readonly measure?: string;
  readonly json: string;
  readonly page: string;
  readonly publish: boolean;
}
const options = program.opts<Options>();

if (options.beside !== undefined && !options.micro) program.error("error: --beside belongs to --micro");
if (options.micro || options.transit) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
  const { beside, only } = options;
  const isNamed = program.getOptionValueSource("json") !== "default";
  const json = (name: string): string => (isNamed ? options.json : `bench-results/${name}.json`);
  if (options.micro)
    await runMicro({ ...(beside && { beside }), ...(only && { only: only.split(",") }) }, json("micro")).catch(
      (error: unknown) => program.error(`error: ${(error as Error).message}`),
    );
  else await runTransit(options.quick, json("transit"));
  process.exit();
}

if (process.getuid?.() !== 0) program.error("error: the bench makes network namespaces: run it as root");
const chosen = options.only?.split(",") ?? namesTaken(options.quick ? ["always"] : ["always", "in the full run"]);
for (const name of chosen) {
  if (!(name in SYSTEMS)) program.error(`error: no system is called "${name}"; there are ${names.join(", ")}`);
}
const whole = options.quick ? QUICK : FULL;
const plan = { ...whole, measures: options.measure?.split(",").map(measureNamed) ?? whole.measures };
if (options.publish && !plan.measures.includes("throughput")) program.error("error: --publish needs the throughput");

sweepDead();
let raised: System | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void stop());

const startedAt = performance.now();
const isLate = (): boolean =>
  options.quick && options.only === undefined && performance.now() - startedAt > QUICK_BEGINS_MS_MAX;
const results: SystemResult[] = [];
for (const name of chosen) {
  process.stderr.write(`bench: ${name}\n`);
  fetchAhead(["iperf3", ...SYSTEMS[name]!.packages]);
  const result = isLate()
    ? { ...emptyResult(name), problems: ["the quick run's time was up"] }
    : await measureSystem(name, SYSTEMS[name]!.open, plan, (system) => (raised = system));
  for (const problem of result.problems) process.stderr.write(`bench: ${name}: ${problem}\n`);
  results.push(result);
}
const mesh = results.find(({ key }) => key === "florenetes");
if (mesh && isLate()) process.stderr.write("bench: the floors are left out: the quick run's time was up\n");
const floors = mesh && !isLate() ? await measureFloors(plan, (system) => (raised = system)) : undefined;
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
  plan,
  results,
  ...(floors && { floors }),
};
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify(run, undefined, 2)}\n`);
mkdirSync(dirname(options.page), { recursive: true });
writeFileSync(options.page, renderPage(run));
if (options.publish) {
  writeFileSync(join(ROOT, "docs", "bench.svg"), renderPlot(run));
  const readme = join(ROOT, "README.md");
  writeFileSync(readme, publishTable(readFileSync(readme, "utf8"), run, "docs/bench.svg"));
}
process.stdout.write(`${renderReport(results)}\n${renderOutages(results)}`);
if (floors !== undefined) process.stdout.write(`\n${renderFloors(floors, mesh)}`);
process.stdout.write(`\nAll figures: ${options.json}; plots: ${options.page}\n`);
const problems = [...results, ...(floors === undefined ? [] : [floors])].flatMap((result) => result.problems);
if (problems.length > 0) process.exitCode = 1;

/** Nothing is left running when the bench is told to end. */
async function stop(): Promise<void> {
  try {
    await raised?.[Symbol.asyncDispose]();
  } finally {
    sweepOwn();
    process.exit(130);
  }
}

function fetchAhead(packages: readonly string[]): void {
  try {
    for (const debianPackage of packages) ensurePackage(debianPackage);
  } catch {
    // What it is needed for says so in its result.
  }
}

function measureNamed(name: string): MeasureName {
  return (
    MEASURES.find((measure) => measure === name) ??
    program.error(`error: no measure is called "${name}"; there are ${MEASURES.join(", ")}`)
  );
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
