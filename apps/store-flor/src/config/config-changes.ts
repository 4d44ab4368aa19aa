import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { StoreConfig } from "./store-config.ts";

/** All that a process does to get from one config to another. */
export interface StorePlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly next: StoreConfig;
}

const RESTART_KEYS = ["cluster", "node", "admin", "control", "listen"] as const;

/** Compares two configs: limits, the budget and the collections of a gateway are taken at once, all else takes a restart. */
export function planChanges(running: StoreConfig, next: StoreConfig): StorePlan {
  const restartKeys: string[] = RESTART_KEYS.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  const changes: ConfigChange[] = [];
  if (!isDeepStrictEqual(running.limits, next.limits)) {
    const effect = "readers that come from now on are held to them";
    changes.push({ kind: "setting", name: "limits", change: "changed", effect });
  }
  const { serves } = running;
  const budget = next.serves.mode === "update-cache" ? next.serves.budget : undefined;
  const isBudgetAlone =
    serves.mode === "update-cache" &&
    budget !== undefined &&
    serves.budget !== budget &&
    isDeepStrictEqual({ ...serves, budget }, next.serves);
  if (isBudgetAlone) {
    const effect = "what was read last is kept within it";
    changes.push({ kind: "setting", name: "update-cache.budget", change: "changed", effect });
  } else if (isCollectionsAlone(serves, next.serves)) {
    const effect = "requests that come from now on are for these";
    changes.push({ kind: "setting", name: "storage-gateway.collections", change: "changed", effect });
  } else if (!isDeepStrictEqual(serves, next.serves)) {
    restartKeys.push(next.serves.mode);
  }
  return { restartKeys, changes, next };
}

/** Whether nothing but the collections of a gateway differs. */
function isCollectionsAlone(serves: StoreConfig["serves"], next: StoreConfig["serves"]): boolean {
  if (serves.mode !== "storage-gateway" || next.mode !== "storage-gateway") return false;
  const { collections } = next;
  if (isDeepStrictEqual(serves.collections, collections)) return false;
  return isDeepStrictEqual({ ...serves, collections }, next);
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: StorePlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}
