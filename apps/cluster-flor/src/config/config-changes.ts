import { isDeepStrictEqual } from "node:util";
import type { ClusterConfig } from "./cluster-config.ts";
import type { RunningConfig } from "./running-config.ts";
import type { Slots } from "./slot-map.ts";

/** Differences of two lists, by numbers. */
interface SlotChanges {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** Parts that keep their numbers, and whose settings differ. */
  readonly changed: readonly number[];
}

/** Parts of a running vertex that differ in the next config. */
export interface ConfigChanges {
  readonly portals: SlotChanges;
  readonly links: SlotChanges;
  readonly services: SlotChanges;
  readonly paths: SlotChanges;
  readonly tunnels: SlotChanges;
  readonly sessions: SlotChanges;
}

/** Compares two configs whose parts have the same numbers. */
export function changesOf(running: RunningConfig, next: RunningConfig): ConfigChanges {
  return {
    portals: compare(running.portals, next.portals),
    links: compare(running.links, next.links),
    services: compare(running.services, next.services),
    paths: compare(running.paths, next.paths),
    tunnels: compare(running.tunnels, next.tunnels),
    sessions: compare(running.sessions, next.sessions),
  };
}

/** Whether a part is equal in two configs. */
export function isSame(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(before, after);
}

function compare(before: Slots<unknown>, after: Slots<unknown>): SlotChanges {
  const added: number[] = [];
  const removed: number[] = [];
  const changed: number[] = [];
  for (const [number, item] of after) {
    const former = before.get(number);
    if (former === undefined) added.push(number);
    else if (!isSame(former, item)) changed.push(number);
  }
  for (const number of before.keys()) if (!after.has(number)) removed.push(number);
  return { added, removed, changed };
}

/** A changed part of a config, for people. */
interface NamedChange {
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
}

const kinds = {
  portals: "portal",
  links: "link",
  services: "service",
  paths: "path",
  tunnels: "tunnel",
  sessions: "session socket",
} as const;

/** All differences, by name: parts of the lists, then settings by their key in the file. */
export function namedChanges(running: RunningConfig & Settings, next: RunningConfig & Settings): NamedChange[] {
  const changes = changesOf(running, next);
  const named: NamedChange[] = [];
  for (const list of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const [kind, { added, removed, changed }] = [kinds[list], changes[list]];
    for (const number of added) named.push({ kind, name: next[list].get(number)!.name, change: "added" });
    for (const number of removed) named.push({ kind, name: running[list].get(number)!.name, change: "removed" });
    for (const number of changed) named.push({ kind, name: next[list].get(number)!.name, change: "changed" });
  }
  for (const [name, keys] of Object.entries(settings)) {
    if (keys.every((key) => isDeepStrictEqual(running[key], next[key]))) continue;
    named.push({ kind: "setting", name, change: "changed" });
  }
  return named;
}

/** The settings of the process itself, beside those of the vertex. */
type Settings = Pick<ClusterConfig, "revocation" | "expiryWarningMs" | "fabric">;

const settings = {
  carriers: ["linkProtocol"],
  transit: ["transit"],
  "transit-limit": ["transitLimit"],
  "transit-offload": ["transitOffload"],
  "cross-connects": ["crossConnects"],
  "lsp-ends": ["lspEnds"],
  transport: ["transport"],
  fabric: ["fabric"],
  trust: ["trust"],
  revocation: ["revocation"],
  "expiry-grace": ["expiryGraceMs"],
  "expiry-warning": ["expiryWarningMs"],
} as const satisfies Record<string, readonly (keyof (RunningConfig & Settings))[]>;
