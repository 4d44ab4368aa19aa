import type { Instance } from "@florenetes/wire-values";
import type { LeftOut } from "../config/lay-over.ts";
import type { OverlayState } from "./overlay-state.ts";

/** The work of the control agent, in the status of the vertex. Times are as ClusterStatus has them. */
export interface OverlayStatus {
  /** The number of the overlay in force; 0: there was never one. */
  readonly generation: number;
  /** The life of the agent that has set it, with its start in milliseconds since 1970, as it has told that; null: none has. */
  readonly agent: Instance | null;
  /** How long ago it was set; null: never, or an earlier life of this process has kept it. */
  readonly ageMs: number | null;
  /** How long ago an agent has last spoken at the door; null: never in this life of the process. */
  readonly heardMs: number | null;
  /** How many links, paths, leads and permits it has, those that have ended included, and principals with pins. */
  readonly links: number;
  readonly paths: number;
  readonly leads: number;
  readonly transit: number;
  readonly pinned: number;
  /** Knocks of which the agent was not told since the process started, as there were too many. */
  readonly knocksDropped: number;
  /** Parts of it that the config file does not let in at present. */
  readonly leftOut: readonly LeftOut[];
}

/** When the overlay was set, and the agent last heard, in monotonic milliseconds; undefined: not in this life of the process. */
interface OverlayTimes {
  readonly takenAt: number | undefined;
  readonly heardAt: number | undefined;
}

/** @param now Monotonic milliseconds */
export function overlayStatus(
  { generation, life, overlay }: Pick<OverlayState, "generation" | "life" | "overlay">,
  leftOut: readonly LeftOut[],
  { takenAt, heardAt }: OverlayTimes,
  knocksDropped: number,
  now: number,
): OverlayStatus {
  return {
    generation,
    agent: life ?? null,
    ageMs: takenAt === undefined ? null : now - takenAt,
    heardMs: heardAt === undefined ? null : now - heardAt,
    links: overlay.links?.length ?? 0,
    paths: overlay.paths.length,
    leads: overlay.leads.length,
    transit: overlay.transit?.length ?? 0,
    pinned: overlay.pins.size,
    knocksDropped,
    leftOut,
  };
}
