import { measureAgents } from "./agents/agents.ts";
import { findProgram } from "./debian.ts";
import { measureCpuFloors } from "./floors/cpu-floor.ts";
import { openProxies, openRow } from "./floors/floor-systems.ts";
import { measureMicro } from "./micro/micro.ts";
import { FLOOR_PLACE, linksText, OTHER_PLACES, type Place, type PlaceName, USUAL_PLACE } from "./place.ts";
import { type MeasureName, type Plan, planIn } from "./plan.ts";
import { resultOf, type Run } from "./run.ts";
import { measureStart } from "./start/start.ts";
import { measureStorage } from "./storage/storage.ts";
import type { SystemFactory } from "./system.ts";
import { measureSystem, type SystemResult } from "./system-result.ts";
import { isMeasuredIn, SYSTEMS } from "./systems.ts";
import { measureTransit } from "./transit/transit.ts";
import { addResult, type Entry, measureInTurns } from "./turns.ts";

/** Parts of the mesh that are measured without the rest. */
export const CORES = ["transit", "agents", "start", "storage", "micro"] as const;

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

/**
 * Measures that systems take turns at. The others are taken while a system stays: memory is to show what is left of earlier rounds, and a
 * pause hardly depends on how fast the machine is at that time.
 */
const IN_TURNS: readonly MeasureName[] = ["round-trip", "throughput"];

/** Takes all figures. What is compared takes turns, all else comes one after the other. A failure is a problem in its result. Needs root, except for the cores. */
export async function takeFigures(
  { plan, systems, places, placeSystems, cores }: Choice,
  onStep: (text: string) => void,
): Promise<Pick<Run, "results" | "micro">> {
  const results: SystemResult[] = [];
  const measure = async ({ key, open, place, plan: entryPlan }: Entry, turn?: number): Promise<SystemResult> => {
    const number = turn === undefined ? [] : [`turn ${turn + 1}`];
    onStep([...new Set([key, linksText(place.links), place.title, ...number])].join(", "));
    const result = await measureSystem(key, open, place, entryPlan);
    for (const problem of result.problems) onStep(`${key}: ${problem}`);
    return result;
  };
  const others = OTHER_PLACES.filter(({ of }) => places.some((name) => name === of));
  const usual = plan.measures.length > 0 ? systems.filter((key) => isMeasuredIn(USUAL_PLACE, key)) : [];
  const measured = systems.filter(
    (key) => usual.includes(key) || (placeSystems.includes(key) && others.some((place) => isMeasuredIn(place, key))),
  );
  if (measured.length > 0) fetchAhead(measured, places.includes("offloads-off"));
  const entryOf = (key: string, place: Place, entryPlan: Plan): Entry => {
    return { key, open: SYSTEMS[key]!.open, place, plan: entryPlan };
  };
  const hasFloor = (name: MeasureName): boolean => systems.includes("florenetes") && plan.measures.includes(name);
  const floorOf = (key: string, open: SystemFactory, name: MeasureName): Entry => {
    return { key, open, place: FLOOR_PLACE, plan: { ...plan, measures: [name] } };
  };
  const compared = { ...plan, measures: plan.measures.filter((name) => IN_TURNS.includes(name)) };
  const lasting = { ...plan, measures: plan.measures.filter((name) => !IN_TURNS.includes(name)) };
  const inTurns = compared.measures.length === 0 ? [] : usual.map((key) => entryOf(key, USUAL_PLACE, compared));
  if (hasFloor("round-trip")) inTurns.push(floorOf("floor-row", openRow, "round-trip"));
  results.push(...(await measureInTurns(inTurns, measure)));
  for (const key of lasting.measures.length === 0 ? [] : usual) {
    const result = await measure(entryOf(key, USUAL_PLACE, lasting));
    const before = resultOf({ results }, key);
    if (before === undefined) results.push(result);
    else addResult(before, result);
  }
  for (const name of places) {
    const entries = others
      .filter(({ of }) => of === name)
      .flatMap((place) =>
        placeSystems.filter((key) => isMeasuredIn(place, key)).map((key) => entryOf(key, place, planIn(place, plan))),
      );
    results.push(...(await measureInTurns(entries, measure)));
  }
  if (hasFloor("connection-rate"))
    results.push(await measure(floorOf("floor-proxies", openProxies, "connection-rate")));
  if (hasFloor("throughput")) results.push(...(await measureCpuFloors(onStep)));
  if (cores.includes("transit")) results.push(...(await measureTransit(plan, onStep)));
  if (cores.includes("agents")) results.push(...(await measureAgents(plan, onStep)));
  if (cores.includes("start")) results.push(...(await measureStart(plan, onStep)));
  if (cores.includes("storage")) results.push(...(await measureStorage(plan, onStep)));
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
