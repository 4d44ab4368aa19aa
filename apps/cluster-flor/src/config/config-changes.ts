import { isDeepStrictEqual } from "node:util";
import type { RunningConfig, Slots } from "./running-config.ts";

/** What is different in a list, by the indices there. */
export interface SlotChanges {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** They are the same things, in another way. */
  readonly changed: readonly number[];
}

/** What of a running vertex is another way in the config that comes next. */
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
