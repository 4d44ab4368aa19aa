import type { Floors } from "./floors/floors.ts";
import type { Plan, SystemResult } from "./plan.ts";

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
  readonly results: readonly SystemResult[];
  /** When the mesh itself was measured. */
  readonly floors?: Floors;
}
