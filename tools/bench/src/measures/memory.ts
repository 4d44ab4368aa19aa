import { once } from "node:events";
import { pssMegabytes } from "../accounting.ts";
import type { System } from "../system.ts";
import { workload } from "./measure.ts";

export interface Memory {
  /** PSS in MB of each of the system's processes, by its name. */
  readonly idle: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly withConnections: Readonly<Record<string, number>>;
}

/** Memory per process, idle and while `connections` are open that have carried a byte each. */
export async function measureMemory(system: System, connections: number): Promise<Memory> {
  const idle = memoryOf(system);
  const { host, port } = system.target("echo");
  const holder = system.spawn("a", workload("hold-connections", host, port, connections));
  const timer = setTimeout(() => holder.kill("SIGKILL"), 30_000);
  try {
    const [first] = (await Promise.race([
      once(holder.stdout!, "data"),
      once(holder, "exit").then(() => [undefined]),
    ])) as [Buffer | undefined];
    if (first?.toString().trim() !== "ready") throw new Error(`${connections} connections could not be opened`);
    return { idle, connections, withConnections: memoryOf(system) };
  } finally {
    clearTimeout(timer);
    holder.stdin!.end();
    if (holder.exitCode === null) await once(holder, "exit");
  }
}

function memoryOf(system: System): Record<string, number> {
  return Object.fromEntries([...system.processes()].map(([name, pid]) => [name, pssMegabytes(pid)]));
}
