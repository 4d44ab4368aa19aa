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

/** Compares two configs: limits, the budget, and of `storage` also the rate and `gone-after`, and the collections of a gateway, are taken at once; all else takes a restart. */
export function planChanges(running: StoreConfig, next: StoreConfig): StorePlan {
  const restartKeys: string[] = RESTART_KEYS.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  const changes: ConfigChange[] = [];
  if (!isDeepStrictEqual(running.limits, next.limits)) {
    const effect = "readers that come from now on are held to them";
    changes.push({ kind: "setting", name: "limits", change: "changed", effect });
  }
  const { serves } = running;
  const mode = next.serves?.mode ?? serves?.mode;
  if (mode !== undefined) {
    const effects = EFFECTS[mode] ?? {};
    const differing = keysThatDiffer(serves ?? {}, next.serves ?? {});
    if (serves?.mode !== next.serves?.mode || differing.some((key) => effects[key] === undefined)) {
      restartKeys.push(mode);
    } else {
      for (const key of differing) {
        const [name, effect] = effects[key]!;
        changes.push({ kind: "setting", name: `${mode}.${name}`, change: "changed", effect });
      }
    }
  }
  if (!isDeepStrictEqual(running.keep, next.keep)) restartKeys.push("keep");
  return { restartKeys, changes, next };
}

/** Keys that each mode takes at once: with the name in the file, and what follows. */
const EFFECTS: Readonly<Partial<Record<string, Readonly<Partial<Record<string, readonly [string, string]>>>>>> = {
  "update-cache": { budget: ["budget", "what was read last is kept within it"] },
  "storage-gateway": { collections: ["collections", "requests that come from now on are for these"] },
  storage: {
    budget: ["budget", "shards that come from now on are held to it"],
    goneAfter: ["gone-after", "holders count as gone by it"],
    rate: ["rate", "copies for other holders go by it"],
  },
};

function keysThatDiffer(a: object, b: object): readonly string[] {
  const [left, right] = [a, b] as readonly Record<string, unknown>[];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !isDeepStrictEqual(left![key], right![key]));
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: StorePlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}
