import type { CpuFloor } from "./floors/cpu-floor.ts";
import type { MicroResult } from "./micro/micro.ts";
import type { Plan } from "./plan.ts";
import type { SystemResult } from "./system-result.ts";
import type { TransitResult } from "./transit/transit.ts";

/** All that one run of the bench found, as it is written to its JSON file. */
export interface Run {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly tookSeconds: number;
  readonly commit: string;
  readonly machine: {
    readonly cores: number;
    readonly model: string;
    readonly kernel: string;
    readonly node: string;
  };
  readonly plan: Plan;
  /** Systems in all places, and floors in theirs. */
  readonly results: readonly SystemResult[];
  readonly cpuFloors: readonly CpuFloor[];
  readonly transit: readonly TransitResult[];
  readonly micro: readonly MicroResult[];
  /** Failures outside of these results. */
  readonly problems: readonly string[];
}
