import type { Fault } from "./fault.ts";

/** A fault as it was made: milliseconds on the clock that all processes share. */
export interface Episode {
  readonly fault: Fault;
  readonly beganAt: number;
  /** Undefined while it goes on. */
  mendedAt: number | undefined;
  /** The mesh was whole again, and all pulses moved. */
  recoveredAt: number | undefined;
}

/** A time without faults after some, in which the mesh recovers. */
export interface Recovery {
  /** The faults since the calm before. */
  readonly faults: readonly Fault[];
  readonly ms: number;
  /** Empty: it has recovered. Otherwise what is missing. */
  readonly missing: string;
}

/** All faults of a run, and how the mesh recovered from them. */
export interface Chronicle {
  readonly episodes: readonly Episode[];
  readonly recoveries: readonly Recovery[];
}
