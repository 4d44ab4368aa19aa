import { setImmediate } from "node:timers/promises";
import { ensurePackage } from "./debian.ts";
import { measureFloors } from "./floors/floors.ts";
import { ALL_GROUNDS, type GroundName, type GroundResult, linksText, planOn } from "./grounds.ts";
import { measureMicro } from "./micro/micro.ts";
import { type Place, USUAL_PLACE } from "./place.ts";
import { emptyResult, measureSystem, type Plan, type SystemResult } from "./plan.ts";
import type { Figures } from "./run.ts";
import type { System } from "./system.ts";
import { SYSTEMS } from "./systems.ts";
import { measureTransit } from "./transit/transit.ts";

/** What of the mesh is measured without its surroundings. */
export const CORES = ["transit", "micro"] as const;
type CoreName = (typeof CORES)[number];

const TRANSIT_SECONDS_MAX = 3;

/** What a run takes. */
export interface Choice {
  readonly plan: Plan;
  /** Measured in the usual place, in this order. */
  readonly systems: readonly string[];
  readonly grounds: readonly GroundName[];
  /** Measured on those. */
  readonly groundSystems: readonly string[];
  readonly cores: readonly CoreName[];
  /** No system is begun later, and what comes after all systems is left out. */
  readonly beginsMsMax: number;
}

export interface Watcher {
  readonly onStep: (text: string) => void;
  /** Given each system that is up, for whoever may have to take it down before the time. */
  readonly onRaised: (system: System) => void;
  /** Nothing more is begun once it is aborted. */
  readonly signal: AbortSignal;
}

/** Takes all figures, one after the other. What fails is a problem in the result. Needs root. */
export async function takeFigures(choice: Choice, watcher: Watcher): Promise<Figures> {
  const { plan, systems, cores, beginsMsMax } = choice;
  const startedAt = performance.now();
  const isLate = (): boolean => performance.now() - startedAt > beginsMsMax;
  const results: SystemResult[] = [];
  if (plan.measures.length > 0) {
    for (const name of systems) {
      watcher.onStep(name);
      results.push(
        isLate()
          ? { ...emptyResult(name), problems: ["the quick run's time was up"] }
          : await measureOn(name, USUAL_PLACE, plan, watcher),
      );
    }
  }
  const hasMesh = systems.includes("florenetes");
  const grounds = await takeGrounds(choice, watcher);
  if (hasMesh && isLate()) watcher.onStep("the floors are left out: the quick run's time was up");
  const hasFloors = hasMesh && !isLate() && plan.measures.length > 0;
  if (hasFloors) watcher.onStep("floors");
  const floors = hasFloors ? await measureFloors(plan, watcher.onRaised) : undefined;
  const transit = cores.includes("transit")
    ? await measureTransit({ ...plan, seconds: Math.min(plan.seconds, TRANSIT_SECONDS_MAX) }, watcher.onStep)
    : undefined;
  const micro = cores.includes("micro") ? await measureMicro({}, watcher.onStep) : undefined;
  return { results, grounds, ...(floors && { floors }), ...(transit && { transit }), ...(micro && { micro }) };
}

async function takeGrounds({ grounds, groundSystems, plan }: Choice, watcher: Watcher): Promise<GroundResult[]> {
  const taken: GroundResult[] = [];
  for (const ground of ALL_GROUNDS.filter(({ of }) => grounds.includes(of))) {
    const { title, place } = ground;
    const groundPlan = planOn(ground, plan);
    const results: SystemResult[] = [];
    for (const name of groundSystems) {
      watcher.onStep(`${name}, ${[...new Set([linksText(place.links), title])].join(", ")}`);
      results.push(await measureOn(name, place, groundPlan, watcher));
    }
    taken.push({ ...ground, plan: groundPlan, results });
  }
  return taken;
}

async function measureOn(name: string, place: Place, plan: Plan, watcher: Watcher): Promise<SystemResult> {
  // A signal that came while a command ran is heard in the next turn.
  await setImmediate();
  watcher.signal.throwIfAborted();
  const { open, packages } = SYSTEMS[name]!;
  fetchAhead(["iperf3", ...(place.hasOffloads ? [] : ["ethtool"]), ...packages]);
  const result = await measureSystem(name, open, place, plan, watcher.onRaised);
  for (const problem of result.problems) watcher.onStep(`${name}: ${problem}`);
  return result;
}

function fetchAhead(packages: readonly string[]): void {
  try {
    for (const debianPackage of packages) ensurePackage(debianPackage);
  } catch {
    // What it is needed for says so in its result.
  }
}
