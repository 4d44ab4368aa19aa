import type { System } from "../system.ts";
import { percentile, runOnA, workload } from "./measure.ts";

export interface RoundTrip {
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** Round trips of 64 bytes over one connection to an echo server on d, one at a time: `count`, or as many as there are in `seconds`. */
export async function measureRoundTrip(system: System, count: number, seconds: number): Promise<RoundTrip> {
  const { host, port } = system.target("echo");
  const output = await runOnA(system, workload("ping-pong", host, port, count, seconds), (seconds + 30) * 1000);
  const times = (JSON.parse(output) as number[]).sort((left, right) => left - right);
  return { count: times.length, p50Micros: percentile(times, 0.5), p99Micros: percentile(times, 0.99) };
}

export interface ConnectionRate {
  readonly parallel: number;
  readonly perSecond: number;
  readonly failed: number;
}

/** Connections per second, each with 64 bytes echoed and closed, `parallel` at once. */
export async function measureConnectionRate(
  system: System,
  parallel: number,
  seconds: number,
): Promise<ConnectionRate> {
  const { host, port } = system.target("echo");
  const output = await runOnA(system, workload("connect-rate", host, port, parallel, seconds), (seconds + 30) * 1000);
  const result = JSON.parse(output) as { done: number; failed: number; seconds: number };
  return { parallel, perSecond: result.done / result.seconds, failed: result.failed };
}
