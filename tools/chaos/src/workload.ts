import type { Stage } from "./drivers/stage.ts";
import type { Witness } from "./ledger.ts";
import type { Way } from "./terrain.ts";

/** A service on d and the tunnel to it. */
export interface Route {
  readonly service: string;
  readonly target: string;
  /** The address at which a client finds the tunnel; undefined: a's socket of data sessions. */
  readonly listen?: string;
  /** The path that it has at first. Those of a change places when the mesh file does. */
  readonly way: Way;
}

/** A program that uses the mesh all the time, with its own check of what comes through. */
export interface Workload {
  readonly name: string;
  /** The workload is left out if one of these is not installed: programs by name, other files by their absolute path. */
  readonly needs: readonly string[];
  /** The packages of Debian that have them. */
  readonly packages: readonly string[];
  /** Nodes whose cluster vertices have its connections. */
  readonly ends: readonly string[];
  /** The name of what it counts, for people. */
  readonly unit: string;
  readonly routes: readonly Route[];
  /** Starts its server, without the mesh, and does what takes long. */
  prepare(stage: Stage): Promise<void>;
  /** Begins its work. */
  begin(stage: Stage, witness: Witness): Working;
}

export interface Working {
  /** When something came through last, on the common clock; only of those that never rest. */
  readonly pulse?: () => number;
  /** Resolves when it has ended, after `stage.ending`, and has had its last checks. */
  readonly finished: Promise<void>;
}

/** `tcp://127.0.0.1:port`. */
export function atPort(port: number): string {
  return `tcp://127.0.0.1:${port}`;
}
