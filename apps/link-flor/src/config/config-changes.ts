import { isDeepStrictEqual } from "node:util";
import type { ConfigChange } from "@florenetes/process-kit";
import type { ClusterPortalConfig, LinkFlorConfig } from "./link-config.ts";

/** A cluster that both configs have, with changed settings. */
interface ChangedCluster {
  readonly config: ClusterPortalConfig;
  /** Whether its links end and begin anew; else they stay. */
  readonly isAnew: boolean;
}

/** All that a process does to get from one config to another. */
export interface ConfigPlan {
  /** Keys whose change takes a restart. */
  readonly restartKeys: readonly string[];
  readonly changes: readonly ConfigChange[];
  readonly added: readonly ClusterPortalConfig[];
  readonly changed: readonly ChangedCluster[];
  /** Names of clusters. */
  readonly removed: readonly string[];
}

interface ClusterKey {
  /** The key's name in the file. */
  readonly key: string;
  readonly of: (config: ClusterPortalConfig) => unknown;
  /** Says what becomes of the cluster's links. */
  readonly effect: string;
  readonly isAnew?: true;
}

const RESTART_KEYS = ["engine", "state", "admin", "control"] as const;

const RENEWED = "links are renewed, and carry on meanwhile";
const ATTACHES = "the cluster vertex attaches again, links stay";
const CLUSTER_KEYS: readonly ClusterKey[] = [
  { key: "listen", of: ({ listen }) => listen, effect: "links end, and come back", isAnew: true },
  { key: "bind", of: ({ bind }) => bind, effect: ATTACHES },
  { key: "connect", of: ({ connect }) => connect, effect: ATTACHES },
  { key: "vertex", of: ({ vertex }) => vertex, effect: "links stay" },
  { key: "identity", of: ({ identity }) => identity, effect: RENEWED },
  { key: "links-max", of: ({ linksMax }) => linksMax, effect: ATTACHES },
  { key: "udp-payload-max", of: ({ udpPayloadMax }) => udpPayloadMax, effect: RENEWED },
  { key: "dead-after", of: ({ deadAfterMs }) => deadAfterMs, effect: RENEWED },
  { key: "quiet", of: ({ quietSeconds }) => quietSeconds, effect: RENEWED },
  { key: "revocation", of: ({ revocation }) => revocation.isRequired, effect: "new sessions are judged by it" },
  { key: "revocation-grace", of: ({ revocation }) => revocation.graceMs, effect: "new sessions are judged by it" },
  { key: "expiry-grace", of: ({ expiryGraceMs }) => expiryGraceMs, effect: RENEWED },
  { key: "ended-door", of: ({ endedDoor }) => endedDoor, effect: RENEWED },
  { key: "expiry-warning", of: ({ expiryWarningMs }) => expiryWarningMs, effect: "links stay" },
];

/** Compares two configs: the order of clusters, and how a value is written, make no difference. */
export function planChanges(running: LinkFlorConfig, next: LinkFlorConfig): ConfigPlan {
  const before = new Map(running.clusters.map((config) => [config.cluster, config]));
  const names = new Set(next.clusters.map(({ cluster }) => cluster));
  const removed = [...before.keys()].filter((name) => !names.has(name));
  const added = next.clusters.filter(({ cluster }) => !before.has(cluster));
  const compared = next.clusters.flatMap((config) => {
    const former = before.get(config.cluster);
    const keys =
      former === undefined ? [] : CLUSTER_KEYS.filter(({ of }) => !isDeepStrictEqual(of(former), of(config)));
    return keys.length === 0 ? [] : [{ config, keys }];
  });
  return {
    restartKeys: RESTART_KEYS.filter((key) => running[key] !== next[key]),
    changes: [
      ...removed.map((name) => ({ ...clusterChange(name, "removed"), effect: "its links end" })),
      ...added.map(({ cluster }) => clusterChange(cluster, "added")),
      ...compared.map(({ config, keys }) => ({ ...clusterChange(config.cluster, "changed"), effect: effectOf(keys) })),
    ],
    added,
    changed: compared.map(({ config, keys }) => ({ config, isAnew: keys.some(({ isAnew }) => isAnew) })),
    removed,
  };
}

/** Whether a plan changes nothing. */
export function isUnchanged({ restartKeys, changes }: ConfigPlan): boolean {
  return restartKeys.length === 0 && changes.length === 0;
}

function clusterChange(name: string, change: ConfigChange["change"]): ConfigChange {
  return { kind: "cluster", name, change };
}

function effectOf(keys: readonly ClusterKey[]): string {
  const effects = keys.some(({ isAnew }) => isAnew) ? keys.filter(({ isAnew }) => isAnew) : keys;
  const told = [...new Set(effects.map(({ effect }) => effect))].join("; ");
  return `${keys.map(({ key }) => `\`${key}\``).join(", ")}: ${told}`;
}
