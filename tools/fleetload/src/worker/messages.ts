/** The messages between the command and its workers. */
import type { DevicePlan } from "../device/device-files.ts";

export interface DeviceStart {
  readonly folder: string;
  readonly plan: DevicePlan;
}

/**
 * `start`: devices are started. `mark`: from now on it counts which of them are back. `look`: how are they. `close`: they are to end, and the process with them.
 *
 * Where coordinators have died, a device is back when one of them has answered it since the mark. Where a hub has, a device that has lost a link is back when it
 * has one again and a coordinator has answered it since.
 */
export type WorkerOrder =
  | { readonly kind: "start"; readonly devices: readonly DeviceStart[] }
  | { readonly kind: "mark"; readonly died: "coordinators" | "hub" }
  | { readonly kind: "look" }
  | { readonly kind: "close" };

export interface WorkerLook {
  readonly kind: "look";
  readonly started: number;
  readonly up: number;
  readonly linksUp: number;
  /** Milliseconds since 1970 at which each device that is up was so for the first time. */
  readonly upAt: readonly number[];
  /** Devices that something was lost for since the mark, and when those of them that are back were. */
  readonly lost: number;
  readonly backAt: readonly number[];
  readonly letters: number;
  readonly answered: number;
  readonly reports: number;
  /** Records that the device with the most of them holds. */
  readonly recordsMax: number;
  /** Warnings and errors of devices, by their codes. */
  readonly warnings: Readonly<Record<string, number>>;
}

export type WorkerAnswer = WorkerLook | { readonly kind: "failed"; readonly text: string };
