import { setTimeout as sleep } from "node:timers/promises";
import { proportionalMegabytes } from "@florenetes/meshlab";
import type { AllFigures, ConnectionCount, Figures, MemoryName } from "../figures.ts";
import type { System } from "../system.ts";
import { start, workload } from "./programs.ts";

const OPENED_MS_MAX = 30_000;
const OPENED_MS_EACH = 10;
/** The time after which processes have given back the memory of closed connections. */
const GIVEN_BACK_MS = 1_000;

/** Proportional set size of all processes of a system, in MB. */
export function measureMemory(system: System, at: MemoryName): Figures {
  return { [`memory, ${at}`]: sum([...megabytesByNode(system).values()].flat()) };
}

/** Measures memory of an idle system: of all processes, and of those on the node that has most. */
export function measureIdleMemory(system: System): Figures {
  const nodes = [...megabytesByNode(system).values()].map(sum);
  return { "memory, idle": sum(nodes), "memory, idle node": Math.max(...nodes) };
}

/** Measures memory while connections are open that have carried a byte each, and a while after they were closed. */
export async function measureMemoryOpen(system: System, connections: ConnectionCount): Promise<Figures> {
  const { lab, host, ports } = system;
  using holder = start(lab, "a", workload("hold-connections", host, ports.echo, connections));
  if (!(await holder.untilSays("ready\n", OPENED_MS_MAX + connections * OPENED_MS_EACH)))
    throw new Error(`${connections} connections could not be opened: ${holder.said() || "not in time"}`);
  const open = measureMemory(system, `${connections} open`);
  holder[Symbol.dispose]();
  await sleep(GIVEN_BACK_MS);
  return { ...open, ...measureMemory(system, `${connections} closed`) };
}

/** Memory that one more idle connection takes in all processes together, in KB; nothing if it was not measured. */
export function kilobytesPerConnection({ "memory, 200 open": few, "memory, 10000 open": many }: AllFigures): Figures {
  if (few === undefined || many === undefined) return {};
  return { "KB per connection": ((many[0]! - few[0]!) * 1024) / (10_000 - 200) };
}

function megabytesByNode(system: System): Map<string, number[]> {
  const sizes = new Map<string, number[]>();
  for (const [name, pid] of system.processes()) {
    const node = name.split(" ")[0]!;
    sizes.set(node, [...(sizes.get(node) ?? []), proportionalMegabytes(pid) ?? 0]);
  }
  return sizes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
