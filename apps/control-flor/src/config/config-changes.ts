import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { ControlConfig } from "./control-config.ts";

/** All that a process does to get from one config to another. */
export interface ControlPlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly next: ControlConfig;
}

const RESTART_KEYS = ["cluster", "admin", "control", "agent", "state", "listen", "https"] as const;
const EFFECTS = {
  hosts: "requests that come from now on are held against them",
  service: "its hosts are the replicas that tell each other their proposals",
  readers: "requests that come from now on are held against them; streams of events that are open end",
} as const;

/** Compares two configs: readers, hosts and the service of the replicas are taken at once, all else takes a restart. */
export function planChanges(running: ControlConfig, next: ControlConfig): ControlPlan {
  const changed = (Object.keys(EFFECTS) as (keyof typeof EFFECTS)[]).filter(
    (key) => !isDeepStrictEqual(running[key], next[key]),
  );
  return {
    restartKeys: RESTART_KEYS.filter((key) => !isDeepStrictEqual(running[key], next[key])),
    changes: changed.map((key) => ({ kind: "setting", name: key, change: "changed", effect: EFFECTS[key] })),
    next,
  };
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: ControlPlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}
