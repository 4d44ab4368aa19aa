import type { Stage } from "./drivers/stage.ts";
import type { Witness } from "./ledger.ts";
import type { Way } from "./terrain.ts";

/** The address and the port at which a program listens, or is found. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A service on d and the tunnel to it. */
interface Route {
  readonly service: string;
  readonly target: string;
  /** The address at which a client finds the tunnel; undefined: a's socket of data sessions. */
  readonly listen?: string;
  /** The path of the tunnel at first. The tunnels of a change places when the mesh file does. */
  readonly way: Way;
}

/** A program that uses the mesh all the time, with its own check of what comes through. */
export interface Workload {
  readonly name: string;
  /** The workload is left out if one of these is not installed: programs by name, other files by their absolute path. */
  readonly needs: readonly string[];
  /** Debian's packages with these programs and files. */
  readonly packages: readonly string[];
  /** Nodes at whose cluster vertices the workload's connections end. */
  readonly ends: readonly string[];
  /** The name of the things that the workload counts, for people. */
  readonly unit: string;
  readonly routes: readonly Route[];
  /** The workload takes long until its first result, or much of the machine: short runs leave it out. */
  readonly isSlow?: boolean;
  /** Starts the workload's server, without the mesh, and does all that takes long. */
  prepare(stage: Stage): Promise<void>;
  begin(stage: Stage, witness: Witness): Working;
}

export interface Working {
  /** The time at which something last came through, on the common clock. Only workloads that never rest have it. */
  readonly pulse?: () => number;
  /** Resolves when the workload has ended, after `stage.ending`, and its last checks are made. */
  readonly finished: Promise<void>;
}

/** The address of a port of loopback: `tcp://127.0.0.1:port`. */
export function atPort(port: number): string {
  return `tcp://127.0.0.1:${port}`;
}
