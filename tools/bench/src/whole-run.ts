import { findProgram } from "./debian.ts";
import { medianOf } from "./figures.ts";
import { type CpuFloor, cpuFloors, FLOOR_SUBJECTS } from "./floors/cpu-floor.ts";
import { openProxies, openRow } from "./floors/floor-systems.ts";
import { measureMicro } from "./micro/micro.ts";
import { FLOOR_PLACE, linksText, OTHER_PLACES, type Place, type PlaceName, USUAL_PLACE } from "./place.ts";
import { type MeasureName, type Plan, planIn } from "./plan.ts";
import type { Run } from "./run.ts";
import type { SystemFactory } from "./system.ts";
import { emptyResult, measureSystem, type SystemResult } from "./system-result.ts";
import { SYSTEMS } from "./systems.ts";
import { measureTransit } from "./transit/transit.ts";

/** Parts of the mesh that are measured without the rest. */
export const CORES = ["transit", "micro"] as const;

/** The choice of what a run takes. */
export interface Choice {
  readonly plan: Plan;
  /** Measured in the usual place, in this order. */
  readonly systems: readonly string[];
  readonly places: readonly PlaceName[];
  /** Measured in those. */
  readonly placeSystems: readonly string[];
  readonly cores: readonly (typeof CORES)[number][];
  /** No system is begun later, and what comes after all systems is left out. */
  readonly beginsMsMax: number;
}

type Figures = Pick<Run, "results" | "cpuFloors" | "transit" | "micro" | "problems">;

/** Takes all figures, one after the other. What fails is a problem in the result. Needs root. */
export async function takeFigures(choice: Choice, onStep: (text: string) => void): Promise<Figures> {
  const { plan, systems, cores, beginsMsMax } = choice;
  fetchAhead(choice);
  const startedAt = performance.now();
  const isLate = (): boolean => performance.now() - startedAt > beginsMsMax;
  const results: SystemResult[] = [];
  const measure = async (key: string, open: SystemFactory, place: Place, placePlan: Plan): Promise<void> => {
    onStep([...new Set([key, linksText(place.links), place.title])].join(", "));
    const late = { ...emptyResult(key, place), problems: ["the quick run's time was up"] };
    const result = isLate() ? late : await measureSystem(key, open, place, placePlan);
    for (const problem of result.problems) onStep(`${key}: ${problem}`);
    results.push(result);
  };
  for (const key of plan.measures.length > 0 ? systems : []) await measure(key, SYSTEMS[key]!.open, USUAL_PLACE, plan);
  for (const place of OTHER_PLACES.filter(({ of }) => choice.places.some((name) => name === of))) {
    for (const key of choice.placeSystems) await measure(key, SYSTEMS[key]!.open, place, planIn(place, plan));
  }
  const floorOf = (measured: MeasureName): boolean =>
    systems.includes("florenetes") && plan.measures.includes(measured);
  const floorPlan = (measured: MeasureName): Plan => ({ ...plan, measures: [measured] });
  if (floorOf("round-trip")) await measure("floor-row", openRow, FLOOR_PLACE, floorPlan("round-trip"));
  if (floorOf("connection-rate"))
    await measure("floor-proxies", openProxies, FLOOR_PLACE, floorPlan("connection-rate"));
  const problems: string[] = [];
  const cpu = floorOf("throughput") && !isLate() ? await takeCpuFloors(onStep, problems) : [];
  const transit = cores.includes("transit") ? await measureTransit(plan, onStep) : [];
  const micro = cores.includes("micro") ? await measureMicro(undefined, onStep) : [];
  return { results, cpuFloors: cpu, transit, micro, problems };
}

async function takeCpuFloors(onStep: (text: string) => void, problems: string[]): Promise<CpuFloor[]> {
  const costs = await measureMicro(FLOOR_SUBJECTS, onStep);
  problems.push(...costs.flatMap((cost) => cost.problems));
  if (problems.length > 0) return [];
  return cpuFloors((subject) => medianOf(costs.find(({ name }) => name === subject)?.here)!);
}

/** Programs that are not installed are fetched beforehand, so that their way here is not measured. */
function fetchAhead({ systems, places }: Choice): void {
  const programs = systems.flatMap((name) => SYSTEMS[name]!.program ?? []);
  try {
    for (const program of ["iperf3", ...(places.includes("offloads-off") ? ["ethtool"] : []), ...programs])
      findProgram(program);
  } catch {
    // The result that needs a program which cannot be found says so.
  }
}
