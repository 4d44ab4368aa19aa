import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { pssMegabytes } from "../accounting.ts";
import type { System } from "../system.ts";
import { workload } from "./measure.ts";

/** What was closed is given back a while later. */
const GIVEN_BACK_MS = 1_000;
const OPENED_WITHIN_MS = 30_000;
const OPENED_WITHIN_MS_EACH = 10;

/** PSS in MB of each of the system's processes, by its name. */
export type ProcessMemory = Readonly<Record<string, number>>;

export interface Memory {
  readonly idle: ProcessMemory;
  readonly held: readonly HeldMemory[];
  /** Why there are not all of those; null when there are. */
  readonly problem: string | null;
}

interface HeldMemory {
  readonly connections: number;
  /** While so many are open that have carried a byte each. */
  readonly open: ProcessMemory;
  /** A while after all were closed. */
  readonly closed: ProcessMemory;
}

/** Memory per process: idle, and with each of those numbers of connections, one after the other. */
export async function measureMemory(system: System, counts: readonly number[]): Promise<Memory> {
  const idle = memoryOf(system);
  const held: HeldMemory[] = [];
  try {
    for (const connections of counts) {
      const open = await whileOpen(system, connections, () => memoryOf(system));
      await sleep(GIVEN_BACK_MS);
      held.push({ connections, open, closed: memoryOf(system) });
    }
  } catch (error) {
    return { idle, held, problem: (error as Error).message };
  }
  return { idle, held, problem: null };
}

async function whileOpen<T>(system: System, connections: number, look: () => T): Promise<T> {
  const { host, port } = system.target("echo");
  const holder = system.spawn("a", workload("hold-connections", host, port, connections));
  const timer = setTimeout(() => holder.kill("SIGKILL"), OPENED_WITHIN_MS + connections * OPENED_WITHIN_MS_EACH);
  let errors = "";
  holder.stderr!.on("data", (bytes: Buffer) => (errors += bytes.toString()));
  try {
    const [first] = (await Promise.race([
      once(holder.stdout!, "data"),
      once(holder, "exit").then(() => [undefined]),
    ])) as [Buffer | undefined];
    if (first?.toString().trim() === "ready") return look();
    throw new Error(`${connections} connections could not be opened: ${errors.split("\n")[0] || "not in time"}`);
  } finally {
    clearTimeout(timer);
    holder.stdin!.end();
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
  }
}

export function memoryOf(system: System): ProcessMemory {
  return Object.fromEntries([...system.processes()].map(([name, pid]) => [name, pssMegabytes(pid)]));
}

export function totalMemory(memory: ProcessMemory): number {
  return Object.values(memory).reduce((sum, one) => sum + one, 0);
}

/**
 * Memory of one more idle connection, over all processes, between the fewest and the most that were open; undefined when there
 * was one number alone.
 */
export function kilobytesPerConnection({ held }: Memory): number | undefined {
  const counts = held.map(({ connections }) => connections);
  const [fewest, most] = [Math.min, Math.max].map((pick) => held[counts.indexOf(pick(...counts))]);
  if (fewest === undefined || most === undefined || most.connections === fewest.connections) return undefined;
  const more = totalMemory(most.open) - totalMemory(fewest.open);
  return (more * 1024) / (most.connections - fewest.connections);
}
