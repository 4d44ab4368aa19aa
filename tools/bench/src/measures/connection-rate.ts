import type { Figures } from "../figures.ts";
import type { System } from "../system.ts";
import { run, workload } from "./programs.ts";

/** Clients may take so much longer than they were meant to. */
const LATE_MS_MAX = 30_000;

/** Connections per second, each with 64 bytes echoed and closed, `parallel` at once. */
export async function measureConnectionRate(
  { lab, host, ports }: System,
  parallel: 1 | 16,
  seconds: number,
): Promise<Figures> {
  const argv = workload("connect-rate", host, ports.echo, parallel, seconds);
  const output = await run(lab, "a", argv, seconds * 1000 + LATE_MS_MAX);
  const result = JSON.parse(output) as { done: number; seconds: number };
  return { [`connections/s, ${parallel}`]: result.done / result.seconds };
}
