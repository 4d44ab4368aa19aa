import { type ConnectionRate, measureConnectionRate, measureRoundTrip, type RoundTrip } from "./measures/latency.ts";
import { type Memory, measureMemory } from "./measures/memory.ts";
import { measureOutage, type Outage } from "./measures/outage.ts";
import { startOnD, workload } from "./measures/measure.ts";
import { measureThroughput, type Throughput } from "./measures/throughput.ts";
import { SERVICES, type System, type SystemFactory } from "./system.ts";

export interface Plan {
  /** Length of one throughput run. */
  readonly seconds: number;
  readonly roundTrips: number;
  readonly connectionSeconds: number;
  readonly connections: number;
  /** Runs of each measure; the report shows the median. */
  readonly repeats: number;
  /** Of each outage. */
  readonly outages: number;
}

export interface SystemResult {
  readonly name: string;
  readonly isEncryptedEndToEnd: boolean;
  readonly secondsToReady: number;
  readonly throughput: Throughput[];
  readonly roundTrip: RoundTrip[];
  readonly connectionRate: ConnectionRate[];
  readonly memory: Memory[];
  readonly outages: Outage[];
  /** What could not be measured, and why. */
  readonly problems: string[];
}

/** Raises one system, takes every measure, and takes it down again. A measure that fails is a problem in the result. */
export async function measureSystem(name: string, open: SystemFactory, plan: Plan): Promise<SystemResult> {
  const startedAt = performance.now();
  await using system = await open();
  const result: SystemResult = {
    name: system.name,
    isEncryptedEndToEnd: system.isEncryptedEndToEnd,
    secondsToReady: (performance.now() - startedAt) / 1000,
    throughput: [],
    roundTrip: [],
    connectionRate: [],
    memory: [],
    outages: [],
    problems: [],
  };
  const echo = await startOnD(system, workload("echo-server", system.serverHost, SERVICES.echo), "ready");
  try {
    await takeMeasures(system, plan, result);
  } finally {
    echo.kill("SIGKILL");
  }
  for (const problem of result.problems) process.stderr.write(`bench: ${name}: ${problem}\n`);
  return result;
}

async function takeMeasures(system: System, plan: Plan, result: SystemResult): Promise<void> {
  const take = async <T>(into: T[], what: string, measure: () => Promise<T>): Promise<void> => {
    try {
      into.push(await measure());
    } catch (error) {
      result.problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  if (system.processes().size > 0 && plan.connections > 0) {
    await take(result.memory, "memory", () => measureMemory(system, plan.connections));
  }
  for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
    await take(result.roundTrip, "round trip", () => measureRoundTrip(system, plan.roundTrips));
    for (const streams of [1, 8]) {
      await take(result.throughput, `throughput, ${streams}`, () => measureThroughput(system, streams, plan.seconds));
    }
    for (const parallel of [1, 16]) {
      await take(result.connectionRate, `connection rate, ${parallel}`, () =>
        measureConnectionRate(system, parallel, plan.connectionSeconds),
      );
    }
  }
  for (const fault of system.faults) {
    for (let repeat = 0; repeat < plan.outages; repeat += 1) {
      await take(result.outages, fault, () => measureOutage(system, fault));
    }
  }
}
