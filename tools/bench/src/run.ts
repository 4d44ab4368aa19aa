import type { Aim } from "./aim.ts";
import type { Floors } from "./floors/floors.ts";
import type { GroundResult } from "./grounds.ts";
import type { MicroRun } from "./micro/micro.ts";
import type { Plan, SystemResult } from "./plan.ts";
import type { TransitResult } from "./transit/transit.ts";

/** What one run of the bench found. */
export interface Figures {
  /** Results of the usual place: over three links, with offloads on. */
  readonly results: readonly SystemResult[];
  /** Results of other places. */
  readonly grounds: readonly GroundResult[];
  /** When the mesh itself was measured. */
  readonly floors?: Floors;
  readonly transit?: readonly TransitResult[];
  readonly micro?: MicroRun;
}

/** All of it, as it is written to its JSON file. */
export interface Run extends Figures {
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
  /** What the mesh is meant to reach, and whether it does. */
  readonly aims: readonly Aim[];
}
