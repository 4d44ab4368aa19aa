import type { Fault } from "./fault.ts";

/** A fault as it was made: milliseconds on the clock that all processes share. */
export interface Episode {
  readonly fault: Fault;
  readonly beganAt: number;
  /** The time at which the fault was mended; undefined while the fault goes on. */
  mendedAt: number | undefined;
  /** The time at which the mesh was whole again, and all pulses moved. */
  recoveredAt: number | undefined;
}

/** A time without faults, in which the mesh recovers from earlier ones. */
export interface Recovery {
  /** The faults since the calm before this one. */
  readonly faults: readonly Fault[];
  readonly ms: number;
  /** A text that says what is missing; empty: the mesh has recovered. */
  readonly missing: string;
}

/** All faults of a run, and how the mesh recovered from them. */
export interface Chronicle {
  readonly episodes: readonly Episode[];
  readonly recoveries: readonly Recovery[];
}
