import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { VpnConfig } from "./vpn-config.ts";

/** All that a process does to get from one config to another: `classes` are taken and `metrics` moved, all else takes a restart. */
export interface VpnPlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly next: VpnConfig;
}

const CLASSES_EFFECT = "connections that are open have the new class from their next packet on";

/** Compares two configs. */
export function planChanges(running: VpnConfig, next: VpnConfig): VpnPlan {
  const keys = ["cluster", "admin", "control", "end"] as const;
  const changed = keys.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  const isOther = !isDeepStrictEqual(running.classes, next.classes);
  return {
    restartKeys: changed.map((key) => (key === "end" ? next.end.kind : key)),
    changes: isOther ? [{ kind: "setting", name: "classes", change: "changed", effect: CLASSES_EFFECT }] : [],
    next,
  };
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: VpnPlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}
