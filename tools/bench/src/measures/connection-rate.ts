import type { Figures } from "../figures.ts";
import type { System } from "../system.ts";
import { run, workload } from "./programs.ts";

/** Connections per second, each with 64 bytes echoed and closed, `parallel` at once. */
export async function measureConnectionRate(system: System, parallel: 1 | 16, seconds: number): Promise<Figures> {
  const argv = workload("connect-rate", system.host, system.ports.echo, parallel, seconds);
  const result = JSON.parse(await run(system.lab, "a", argv, seconds)) as { done: number; seconds: number };
  return { [`connections/s, ${parallel}`]: result.done / result.seconds };
}
