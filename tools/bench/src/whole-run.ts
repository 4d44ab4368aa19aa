import { measureAgents } from "./agents/agents.ts";
import { findProgram } from "./debian.ts";
import { measureCpuFloors } from "./floors/cpu-floor.ts";
import { openProxies, openRow } from "./floors/floor-systems.ts";
import { measureMicro } from "./micro/micro.ts";
import { FLOOR_PLACE, linksText, OTHER_PLACES, type Place, type PlaceName, USUAL_PLACE } from "./place.ts";
import { type MeasureName, type Plan, planIn } from "./plan.ts";
import type { Run } from "./run.ts";
import type { SystemFactory } from "./system.ts";
import { measureSystem, type SystemResult } from "./system-result.ts";
import { isMeasuredIn, SYSTEMS } from "./systems.ts";
import { measureTransit } from "./transit/transit.ts";

/** Parts of the mesh that are measured without the rest. */
export const CORES = ["transit", "agents", "micro"] as const;

/** The choice of what a run takes. */
export interface Choice {
  readonly plan: Plan;
  /** The systems that are measured in the usual place, in this order. */
  readonly systems: readonly string[];
  readonly places: readonly PlaceName[];
  /** The systems that are measured in `places`. */
  readonly placeSystems: readonly string[];
  readonly cores: readonly (typeof CORES)[number][];
}

/** Takes all figures, one after the other. A failure is a problem in its result. Needs root, except for the cores. */
export async function takeFigures(
  { plan, systems, places, placeSystems, cores }: Choice,
  onStep: (text: string) => void,
): Promise<Pick<Run, "results" | "micro">> {
  const results: SystemResult[] = [];
  const measure = async (key: string, open: SystemFactory, place: Place, placePlan: Plan): Promise<void> => {
    onStep([...new Set([key, linksText(place.links), place.title])].join(", "));
    const result = await measureSystem(key, open, place, placePlan);
    for (const problem of result.problems) onStep(`${key}: ${problem}`);
    results.push(result);
  };
  const others = OTHER_PLACES.filter(({ of }) => places.some((name) => name === of));
  const usual = plan.measures.length > 0 ? systems.filter((key) => isMeasuredIn(USUAL_PLACE, key)) : [];
  const measured = systems.filter(
    (key) => usual.includes(key) || (placeSystems.includes(key) && others.some((place) => isMeasuredIn(place, key))),
  );
  if (measured.length > 0) fetchAhead(measured, places.includes("offloads-off"));
  for (const key of usual) await measure(key, SYSTEMS[key]!.open, USUAL_PLACE, plan);
  for (const place of others) {
    for (const key of placeSystems) {
      if (isMeasuredIn(place, key)) await measure(key, SYSTEMS[key]!.open, place, planIn(place, plan));
    }
  }
  const hasFloor = (name: MeasureName): boolean => systems.includes("florenetes") && plan.measures.includes(name);
  const measureFloor = (key: string, open: SystemFactory, name: MeasureName): Promise<void> =>
    measure(key, open, FLOOR_PLACE, { ...plan, measures: [name] });
  if (hasFloor("round-trip")) await measureFloor("floor-row", openRow, "round-trip");
  if (hasFloor("connection-rate")) await measureFloor("floor-proxies", openProxies, "connection-rate");
  if (hasFloor("throughput")) results.push(...(await measureCpuFloors(onStep)));
  if (cores.includes("transit")) results.push(...(await measureTransit(plan, onStep)));
  if (cores.includes("agents")) results.push(...(await measureAgents(plan, onStep)));
  const micro = cores.includes("micro") ? await measureMicro(undefined, onStep) : [];
  return { results, micro };
}

/** Fetches programs that are not installed, so that their download falls into no measure. */
function fetchAhead(systems: readonly string[], hasEthtool: boolean): void {
  const programs = systems.flatMap((name) => SYSTEMS[name]!.program ?? []);
  try {
    for (const program of ["iperf3", ...(hasEthtool ? ["ethtool"] : []), ...programs]) findProgram(program);
  } catch {
    // A result that needs the missing program says so.
  }
}
