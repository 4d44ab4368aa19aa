import { type MeasureName, measureSystem, type Plan, type SystemResult } from "../plan.ts";
import { USUAL_PLACE } from "../place.ts";
import type { System, SystemFactory } from "../system.ts";
import { cpuFloor, type FloorPart, PACKETS } from "./cpu-floor.ts";
import { openProxies, openRow } from "./floor-systems.ts";
import { measureStepCosts } from "./step-costs.ts";

/** CPU time per GB, part by part. */
export interface CpuFloors {
  /** With packets as large as the mesh carries. */
  readonly large: readonly FloorPart[];
  /** With packets that fit one packet of a link each. */
  readonly small: readonly FloorPart[];
}

/** What the architecture costs before any protocol, on this machine, in this run. What was not asked for is null. */
export interface Floors {
  /** Round trips over eight processes in a row. */
  readonly row: SystemResult | null;
  /** Connections per second over two plain proxies. */
  readonly proxies: SystemResult | null;
  readonly cpu: CpuFloors | null;
  readonly problems: readonly string[];
}

/**
 * Takes the floors of the measures that the plan has. Needs root.
 * @param onRaised as in `measureSystem`.
 */
export async function measureFloors(plan: Plan, onRaised: (system: System) => void): Promise<Floors> {
  const { measures } = plan;
  const takeOf = async (measure: MeasureName, key: string, open: SystemFactory): Promise<SystemResult | null> =>
    measures.includes(measure)
      ? await measureSystem(key, open, USUAL_PLACE, { ...plan, measures: [measure] }, onRaised)
      : null;
  const row = await takeOf("round-trip", "floor-row", openRow);
  const proxies = await takeOf("connection-rate", "floor-proxies", openProxies);
  const problems = [row, proxies].flatMap((result) => result?.problems ?? []);
  let cpu: CpuFloors | null = null;
  try {
    if (measures.includes("throughput")) cpu = await measureCpuFloors();
  } catch (error) {
    problems.push(`the CPU floor: ${(error as Error).message}`);
  }
  return { row, proxies, cpu, problems };
}

async function measureCpuFloors(): Promise<CpuFloors> {
  const [large, small] = [await measureStepCosts(PACKETS.large), await measureStepCosts(PACKETS.small)];
  return { large: cpuFloor(PACKETS.large, large), small: cpuFloor(PACKETS.small, small) };
}
