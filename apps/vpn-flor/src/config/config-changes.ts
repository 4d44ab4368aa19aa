import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { VpnConfig } from "./vpn-config.ts";

/** All that a process does to get from one config to another: `metrics` are moved, all else takes a restart. */
export interface VpnPlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly next: VpnConfig;
}

/** Compares two configs. */
export function planChanges(running: VpnConfig, next: VpnConfig): VpnPlan {
  const keys = ["cluster", "admin", "control", "end"] as const;
  const changed = keys.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  return { restartKeys: changed.map((key) => (key === "end" ? next.end.kind : key)), changes: [], next };
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys }: VpnPlan): boolean {
  return restartKeys.length === 0;
}
