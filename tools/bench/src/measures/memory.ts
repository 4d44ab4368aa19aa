import { setTimeout as sleep } from "node:timers/promises";
import { proportionalMegabytes } from "@florenetes/meshlab";
import type { ConnectionCount, MemoryName } from "../figures.ts";
import type { System } from "../system.ts";
import { start, workload } from "./programs.ts";

const OPENED_MS_MAX = 30_000;
const OPENED_MS_EACH = 10;
/** The memory of closed connections is given back after some time. */
const GIVEN_BACK_MS = 1_000;

/** A look at all processes of a system. */
export interface MemoryTaken {
  readonly at: MemoryName;
  /** Proportional set size in MB, by `NODE NAME`. */
  readonly processes: Readonly<Record<string, number>>;
}

export function lookAt(system: System, at: MemoryName): MemoryTaken {
  const sizes = [...system.processes()].map(([name, pid]) => [name, proportionalMegabytes(pid) ?? 0] as const);
  return { at, processes: Object.fromEntries(sizes) };
}

/** While so many connections are open that have carried a byte each, and a while after they were closed. */
export async function lookWhileOpen(system: System, connections: ConnectionCount): Promise<readonly MemoryTaken[]> {
  const { lab, host, ports } = system;
  using holder = start(lab, "a", workload("hold-connections", host, ports.echo, connections));
  if (!(await holder.untilSays(["ready\n"], OPENED_MS_MAX + connections * OPENED_MS_EACH)))
    throw new Error(`${connections} connections could not be opened: ${holder.said() || "not in time"}`);
  const open = lookAt(system, `${connections} open`);
  holder[Symbol.dispose]();
  await sleep(GIVEN_BACK_MS);
  return [open, lookAt(system, `${connections} closed`)];
}

export function totalOf({ processes }: MemoryTaken): number {
  return Object.values(processes).reduce((sum, one) => sum + one, 0);
}

/** Memory of the node that has most. */
export function largestNode({ processes }: MemoryTaken): number {
  const nodes = Map.groupBy(Object.entries(processes), ([name]) => name.split(" ")[0]!);
  return Math.max(...[...nodes.values()].map((sizes) => sizes.reduce((sum, [, one]) => sum + one, 0)));
}

/** The cost of one more idle connection over all processes, in KB; undefined when only one number of connections was measured. */
export function kilobytesPerConnection(taken: readonly MemoryTaken[]): number | undefined {
  const open = taken.filter(({ at }) => at.endsWith(" open"));
  const counts = open.map(({ at }) => Number.parseInt(at, 10));
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (open.length === 0 || fewest === most) return undefined;
  const [less, more] = [fewest, most].map((count) => totalOf(open[counts.indexOf(count)]!));
  return ((more! - less!) * 1024) / (most - fewest);
}
