import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { Command } from "commander";
import { measureSystem, type Plan, type SystemResult } from "./plan.ts";
import { renderOutages, renderReport } from "./report.ts";
import type { SystemFactory } from "./system.ts";
import { openKernelForwarding } from "./systems/kernel.ts";
import { openMesh } from "./systems/mesh.ts";
import { openSsh } from "./systems/ssh.ts";

const FULL: Plan = { seconds: 10, roundTrips: 5000, connectionSeconds: 5, connections: 200, repeats: 3, outages: 5 };
const QUICK: Plan = { seconds: 4, roundTrips: 2000, connectionSeconds: 3, connections: 200, repeats: 1, outages: 1 };

const systems: Record<string, SystemFactory> = {
  florenetes: openMesh,
  ssh: openSsh,
  kernel: openKernelForwarding,
};

const program = new Command("bench")
  .description(
    "Measures the mesh and its peers over three links in network namespaces, one system at a time (needs root, iperf3, " +
      "openssh-server; everything shares this machine's cores, so what counts is the ratio within one run)",
  )
  .option("--quick", "one short run of each measure", false)
  .option("--outages", "only what an outage does to a connection", false)
  .option("--only <systems>", `comma-separated: ${Object.keys(systems).join(", ")}`)
  .option("--json <file>", "where the figures go", "bench-results/latest.json");
program.parse();
const options = program.opts<{ quick: boolean; outages: boolean; only?: string; json: string }>();

if (process.getuid?.() !== 0) program.error("error: the bench makes network namespaces: run it as root");
const chosen = options.only?.split(",") ?? Object.keys(systems);
for (const name of chosen) {
  if (!(name in systems)) program.error(`error: no system is called "${name}"`);
}

const whole = options.quick ? QUICK : FULL;
const plan = options.outages ? { ...whole, repeats: 0, connections: 0 } : whole;
const results: SystemResult[] = [];
for (const name of chosen) {
  process.stderr.write(`bench: ${name}\n`);
  results.push(await measureSystem(name, systems[name]!, plan));
}
mkdirSync(dirname(options.json), { recursive: true });
const machine = { cores: cpus().length, model: cpus()[0]?.model ?? "unknown", node: process.version };
writeFileSync(
  options.json,
  `${JSON.stringify({ takenAt: new Date().toISOString(), machine, results }, undefined, 2)}\n`,
);
if (plan.repeats > 0) process.stdout.write(`${renderReport(results)}\n`);
process.stdout.write(renderOutages(results));
process.stdout.write(`\nAll figures: ${options.json}\n`);
if (results.some((result) => result.problems.length > 0)) process.exitCode = 1;
