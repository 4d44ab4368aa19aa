import { addFigures, type AllFigures, type Figures } from "./figures.ts";
import { kilobytesPerConnection, measureIdleMemory, measureMemory, measureMemoryOpen } from "./measures/memory.ts";
import { untilQuiet } from "./measures/machine.ts";
import { startServer, workload } from "./measures/programs.ts";
import { measureOutage, untilCarries } from "./measures/round-trips.ts";
import type { Place } from "./place.ts";
import { type Plan, stepsOf } from "./plan.ts";
import { type Description, FAULTS, SERVICES, type System, type SystemFactory } from "./system.ts";

/** The results of one system in one place. */
export interface SystemResult {
  /** The name of the system for `--only`. */
  readonly key: string;
  readonly place: Place;
  /** The description of the system; undefined when the system could not even be prepared: then `problems` says why. */
  description?: Description;
  /** Links that the system went over. Some systems cannot go over as many as the place has. */
  links?: number;
  readonly figures: AllFigures;
  /** Each thing that could not be measured, and why. */
  readonly problems: string[];
}

export function emptyResult(key: string, place: Place): SystemResult {
  return { key, place, figures: {}, problems: [] };
}

const READY_MS_MAX = 5_000;
const CARRIES_MS_MAX = 60_000;

/**
 * Raises a system, takes every measure of the plan, and takes the system down again. A failure is a problem in the result, so that other
 * systems are still measured.
 */
export async function measureSystem(key: string, open: SystemFactory, place: Place, plan: Plan): Promise<SystemResult> {
  const result = emptyResult(key, place);
  const startedAt = performance.now();
  try {
    await using system = await open(place);
    result.description = system.description;
    result.links = system.nodes.length - 1;
    try {
      using echo = startServer(system, workload("echo-server", system.host, SERVICES.echo));
      if (!(await echo.untilSays("ready\n", READY_MS_MAX))) throw new Error(`no echo server on d: ${echo.said()}`);
      await untilCarries(system, CARRIES_MS_MAX);
      // The time includes the making of keys.
      result.figures["ready s"] = [(performance.now() - startedAt) / 1000];
      await takeMeasures(system, plan, result);
    } catch (error) {
      result.problems.push(system.deaths?.() ?? (error as Error).message);
    }
  } catch (error) {
    const what = result.description ? "taken down" : "raised";
    result.problems.push(`it could not be ${what}: ${(error as Error).message}`);
  }
  return result;
}

async function takeMeasures(system: System, plan: Plan, result: SystemResult): Promise<void> {
  const take = async (step: string, measure: () => Promise<Figures>): Promise<void> => {
    try {
      await untilQuiet(plan.quietMs);
      addFigures(result.figures, await measure());
    } catch (error) {
      result.problems.push(`${step}: ${(error as Error).message}`);
    }
  };
  const hasMemory = plan.measures.includes("memory") && system.processes().size > 0;
  if (hasMemory) {
    await take("memory", async () => measureIdleMemory(system));
    for (const count of plan.connections) await take(`memory, ${count}`, () => measureMemoryOpen(system, count));
    addFigures(result.figures, kilobytesPerConnection(result.figures));
  }
  for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
    for (const [, name, measure] of stepsOf(plan, result.place)) await take(name, () => measure(system, plan));
    if (hasMemory) addFigures(result.figures, measureMemory(system, "after a round"));
  }
  const faults = FAULTS.filter((fault) => plan.measures.includes("outages") && system.strikes[fault] !== undefined);
  const samples = result.place.of === "recovery" ? plan.samples : plan.repeats;
  for (const fault of faults) {
    for (let sample = 0; sample < samples; sample += 1) await take(fault, () => measureOutage(system, fault));
  }
}
