import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { FabricConfig } from "./fabric-config.ts";

/** All that a process does to get from one config to another. */
export interface FabricPlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly next: FabricConfig;
}

interface ConfigKey {
  /** The key's name in the file. */
  readonly key: string;
  readonly of: (config: FabricConfig) => unknown;
}

const RESTART_KEYS: readonly ConfigKey[] = [
  { key: "cluster", of: ({ cluster }) => cluster },
  { key: "node", of: ({ node }) => node },
  { key: "state", of: ({ state }) => state },
  { key: "admin", of: ({ admin }) => admin },
  { key: "control", of: ({ control }) => control },
  { key: "api", of: ({ api }) => api },
  { key: "listen", of: ({ listen }) => listen },
  { key: "root", of: ({ fingerprint }) => fingerprint },
  { key: "development", of: ({ development }) => development },
  // A key's list of what it has signed belongs to one opening of it.
  { key: "signer", of: ({ signer }) => JSON.stringify(signer) },
  { key: "coordinator", of: ({ coordinator }) => JSON.stringify(coordinator) },
  { key: "endpoints", of: ({ endpoints }) => JSON.stringify(endpoints) },
  { key: "price", of: ({ price }) => price },
  { key: "metered", of: ({ metered }) => metered },
  { key: "device", of: ({ device }) => JSON.stringify(device) },
  { key: "updates", of: ({ updates }) => JSON.stringify(updates) },
  { key: "otlp-metrics", of: ({ otlpMetrics }) => JSON.stringify(otlpMetrics) },
];

const SETTINGS: readonly (ConfigKey & { readonly effect: string })[] = [
  { key: "door", of: ({ door }) => door, effect: "the door is read there from now on" },
  { key: "sessions", of: ({ sessions }) => sessions, effect: "streams to neighbours' agents are opened anew" },
  {
    key: "store",
    of: ({ store }) => JSON.stringify(store),
    effect: "the log is kept there from now on; a copy elsewhere stays as it is",
  },
  { key: "root-file", of: ({ rootFile }) => rootFile, effect: "it is read while there is no root" },
  { key: "seeds-file", of: ({ seedsFile }) => seedsFile, effect: "its records are taken" },
];

/** Compares two configs: the order of ways, and how a value is written, make no difference. */
export function planChanges(running: FabricConfig, next: FabricConfig): FabricPlan {
  const differs = ({ of }: ConfigKey): boolean => of(running) !== of(next);
  return {
    restartKeys: RESTART_KEYS.filter(differs).map(({ key }) => key),
    changes: [
      ...SETTINGS.filter(differs).map(({ key, effect }): ConfigChange => ({
        kind: "setting",
        name: key,
        change: "changed",
        effect,
      })),
      ...wayChanges(running, next),
    ],
    next,
  };
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: FabricPlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}

function* wayChanges({ ways: before }: FabricConfig, { ways: after }: FabricConfig): Generator<ConfigChange> {
  for (const name of before.keys()) {
    if (!after.has(name)) yield { kind: "way", name, change: "removed", effect: "no new connections take it" };
  }
  for (const [name, way] of after) {
    const former = before.get(name);
    if (former === undefined) yield { kind: "way", name, change: "added" };
    else if (!isDeepStrictEqual(former, way)) {
      yield { kind: "way", name, change: "changed", effect: "new connections take it as it is now" };
    }
  }
}
