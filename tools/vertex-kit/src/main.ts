#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import type { Bench } from "./bench/bench.ts";
import { type Check, choose } from "./check.ts";
import { ClusterBench } from "./cluster-vertex/cluster-bench.ts";
import { CLUSTER_VERTEX_CHECKS } from "./cluster-vertex/plan.ts";
import { readOptions } from "./command-line.ts";
import { LinkBench, type Subject } from "./link-vertex/link-bench.ts";
import { type Figures, measureBeside } from "./link-vertex/measure.ts";
import { LINK_VERTEX_CHECKS } from "./link-vertex/plan.ts";
import type { Outcome } from "./outcome.ts";
import { figureLines } from "./report/figures.ts";
import { junitReport } from "./report/junit.ts";
import { outcomeLines, summary } from "./report/table.ts";
import { readRequirements } from "./requirements.ts";
import { runChecks } from "./run.ts";

const PAGES = ["link-vertex.md", "cluster-vertex.md"].map(
  (name) => new URL(`../../../docs/protocol/${name}`, import.meta.url),
);

const options = readOptions();
const requirements = PAGES.flatMap((page) => readRequirements(readFileSync(page, "utf8")));
const outcomes: Outcome[] = [];
let figures: ReadonlyMap<string, Figures> = new Map();
if (options.cluster) await judge(() => ClusterBench.open(options), CLUSTER_VERTEX_CHECKS);
else await judgeLinkVertex();
say(`\n${summary(outcomes)}`);
if (options.junit !== undefined) writeFileSync(options.junit, junitReport(outcomes, requirements));
if (options.json)
  process.stdout.write(`${JSON.stringify({ outcomes, figures: Object.fromEntries(figures) }, undefined, 2)}\n`);
if (outcomes.some(({ verdict }) => verdict === "failed")) process.exitCode = 1;

function say(text: string): void {
  if (!options.json) process.stdout.write(`${text}\n`);
}

async function judge<OnBench extends Bench>(
  open: () => Promise<OnBench>,
  checks: readonly Check<OnBench>[],
): Promise<void> {
  const chosen = options.only === undefined ? checks : choose(checks, options.only);
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    say(outcomeLines(outcome, requirements));
  };
  await runChecks(open, chosen, { benches: options.benches, triesAgain: true, onOutcome });
}

async function judgeLinkVertex(): Promise<void> {
  const { command, unchecked, listen, endpoint, credentials: hasCredentials, settings, rate, beside } = options;
  const subject: Subject = { command, unchecked, settings, hasCredentials, rate, forms: { listen, endpoint } };
  await judge(() => LinkBench.open(subject), LINK_VERTEX_CHECKS);
  if (!options.measure || options.only !== undefined) return;
  figures = await measureBeside(subject, beside, say);
  if (figures.size > 0) say(`\n${figureLines(figures)}`);
}
