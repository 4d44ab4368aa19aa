import { isDeepStrictEqual } from "node:util";
import type { ClusterConfig } from "./cluster-config.ts";
import type { RunningConfig, Slots } from "./running-config.ts";

/** Differences in a list, by the indices there. */
interface SlotChanges {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** They are the same things, in another way. */
  readonly changed: readonly number[];
}

/** Parts of a running vertex that are other ones in the config that comes next. */
export interface ConfigChanges {
  readonly portals: SlotChanges;
  readonly links: SlotChanges;
  readonly services: SlotChanges;
  readonly paths: SlotChanges;
  readonly tunnels: SlotChanges;
  readonly sessions: SlotChanges;
}

/** Compares two configs whose indices mean the same, as `alignConfig` has it. */
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

/** Whether a thing is there in the same way in two configs. */
export function isSame(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(before, after);
}

function compare(before: Slots<unknown>, after: Slots<unknown>): SlotChanges {
  const added: number[] = [];
  const removed: number[] = [];
  const changed: number[] = [];
  for (const [index, item] of after.entries()) {
    const former = before[index];
    if (former === undefined && item !== undefined) added.push(index);
    else if (former !== undefined && item === undefined) removed.push(index);
    else if (!isSame(former, item)) changed.push(index);
  }
  return { added, removed, changed };
}

/** A thing of a config that is another one than before, for people. */
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

/** All that is different, by its name: things of the lists, then settings by the key in the file. */
export function namedChanges(running: RunningConfig & Settings, next: RunningConfig & Settings): NamedChange[] {
  const changes = changesOf(running, next);
  const named: NamedChange[] = [];
  for (const list of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const [kind, { added, removed, changed }] = [kinds[list], changes[list]];
    for (const index of added) named.push({ kind, name: next[list][index]!.name, change: "added" });
    for (const index of removed) named.push({ kind, name: running[list][index]!.name, change: "removed" });
    for (const index of changed) named.push({ kind, name: next[list][index]!.name, change: "changed" });
  }
  for (const [name, keys] of Object.entries(settings)) {
    if (keys.every((key) => isDeepStrictEqual(running[key], next[key]))) continue;
    named.push({ kind: "setting", name, change: "changed" });
  }
  return named;
}

/** The part of a config that the process has besides the vertex. */
type Settings = Pick<ClusterConfig, "revocation" | "expiryWarningMs">;

const settings = {
  carriers: ["linkProtocol"],
  transit: ["transit"],
  "transit-limit": ["transitLimit"],
  "transit-offload": ["transitOffload"],
  "cross-connects": ["crossConnects"],
  "lsp-ends": ["lspEnds"],
  transport: ["transport"],
  trust: ["trust"],
  revocation: ["revocation"],
  "expiry-grace": ["expiryGraceMs"],
  "expiry-warning": ["expiryWarningMs"],
} as const satisfies Record<string, readonly (keyof (RunningConfig & Settings))[]>;
