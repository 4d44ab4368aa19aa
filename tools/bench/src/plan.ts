import { type BesideBulk, measureBesideBulk } from "./measures/beside-bulk.ts";
import { type ConnectionRate, measureConnectionRate, measureRoundTrip, type RoundTrip } from "./measures/latency.ts";
import { type Memory, measureMemory, memoryOf, type ProcessMemory } from "./measures/memory.ts";
import { measureOutage, type Outage } from "./measures/outage.ts";
import { startOnD, untilCarries, workload } from "./measures/measure.ts";
import { type Noise, whenQuiet } from "./measures/quiet.ts";
import { measureThroughput, type Throughput } from "./measures/throughput.ts";
import type { Place } from "./place.ts";
import { CannotBeHad, type Description, SERVICES, type System, type SystemFactory } from "./system.ts";

export const MEASURES = ["round-trip", "throughput", "beside-bulk", "connection-rate", "memory", "outages"] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface Plan {
  readonly measures: readonly MeasureName[];
  /** Numbers of streams that the throughput is taken with. */
  readonly streams: readonly number[];
  /** Length of one throughput run. */
  readonly seconds: number;
  /** How long it has run before it counts. */
  readonly settleSeconds: number;
  readonly roundTrips: number;
  /** No more round trips are begun after this. */
  readonly roundTripSeconds: number;
  /** Limits of the bulk transfers beside which round trips are taken, in Mbit/s; null for as much as goes. */
  readonly besideLimits: readonly (number | null)[];
  /** How long round trips are taken beside each bulk transfer. */
  readonly besideSeconds: number;
  readonly connectionSeconds: number;
  /** Numbers of open connections that memory is taken with, one after the other. */
  readonly connections: readonly number[];
  /** Runs of each measure; the report shows the median. */
  readonly repeats: number;
  /** Runs of each outage. */
  readonly outages: number;
  /** How long a step waits for the machine to be quiet, at most. */
  readonly quietMs: number;
}

/** A figure, and how noisy the machine was when it was taken. */
type Taken<T> = T & { readonly noise: Noise };

export interface SystemResult {
  /** Undefined when the system could not even be prepared: then `problems` says why. */
  readonly description: Description | undefined;
  /** Key of the system, by which `--only` names it. */
  readonly key: string;
  /** From nothing to the first round trip from a to d, the making of keys included; null when it never came. */
  secondsToReady: number | null;
  readonly throughput: Taken<Throughput>[];
  readonly roundTrip: Taken<RoundTrip>[];
  readonly besideBulk: Taken<BesideBulk>[];
  readonly connectionRate: Taken<ConnectionRate>[];
  readonly memory: Taken<Memory>[];
  /** After each round of the other measures but outages; none when memory was not measured. */
  readonly memoryAfterLoad: ProcessMemory[];
  readonly outages: Taken<Outage>[];
  /** Why there is no such system in the place, by what it is; null where there is. */
  readonly cannot: string | null;
  /** What could not be measured, and why. */
  readonly problems: string[];
}

const CARRIES_MS_MAX = 60_000;

/**
 * Raises one system, takes every measure of the plan, and takes it down again. What fails is a problem in the result, so that
 * the others are still measured.
 * @param onRaised is given the system, for whoever may have to take it down before the time.
 */
export async function measureSystem(
  key: string,
  open: SystemFactory,
  place: Place,
  plan: Plan,
  onRaised: (system: System) => void = () => {},
): Promise<SystemResult> {
  const startedAt = performance.now();
  let system: System;
  try {
    system = await open(place);
    onRaised(system);
  } catch (error) {
    if (error instanceof CannotBeHad) return { ...emptyResult(key), cannot: error.message };
    return { ...emptyResult(key), problems: [`it could not be raised: ${(error as Error).message}`] };
  }
  const described = emptyResult(key, system.description);
  try {
    const echo = await startOnD(system, workload("echo-server", system.serverHost, SERVICES.echo), "ready");
    try {
      await untilCarries(system, CARRIES_MS_MAX);
      described.secondsToReady = (performance.now() - startedAt) / 1000;
      await takeMeasures(system, plan, described);
    } finally {
      echo.kill("SIGKILL");
    }
  } catch (error) {
    described.problems.push(system.deaths?.() ?? (error as Error).message);
  } finally {
    await system[Symbol.asyncDispose]();
  }
  return described;
}

/** @param description of a system that was raised. */
export function emptyResult(key: string, description?: Description): SystemResult {
  return {
    description,
    key,
    secondsToReady: null,
    throughput: [],
    roundTrip: [],
    besideBulk: [],
    connectionRate: [],
    memory: [],
    memoryAfterLoad: [],
    outages: [],
    cannot: null,
    problems: [],
  };
}

async function takeMeasures(system: System, plan: Plan, result: SystemResult): Promise<void> {
  const take = async <T extends object>(into: Taken<T>[], what: string, measure: () => Promise<T>): Promise<void> => {
    try {
      const { value, noise } = await whenQuiet(plan.quietMs, measure);
      into.push({ ...value, noise });
    } catch (error) {
      result.problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  const has = (measure: MeasureName): boolean => plan.measures.includes(measure);
  if (has("memory") && system.processes().size > 0) {
    await take(result.memory, "memory", () => measureMemory(system, plan.connections));
    result.problems.push(...result.memory.flatMap(({ problem }) => problem ?? []));
  }
  for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
    if (has("round-trip")) {
      await take(result.roundTrip, "round trip", () =>
        measureRoundTrip(system, plan.roundTrips, plan.roundTripSeconds),
      );
    }
    for (const streams of has("throughput") ? plan.streams : []) {
      await take(result.throughput, `throughput, ${streams}`, () => measureThroughput(system, streams, plan));
    }
    for (const limit of has("beside-bulk") ? plan.besideLimits : []) {
      const what = `round trip beside a bulk transfer, ${limit ?? "no"} limit`;
      await take(result.besideBulk, what, () => measureBesideBulk(system, limit, plan.besideSeconds));
    }
    for (const parallel of has("connection-rate") ? [1, 16] : []) {
      await take(result.connectionRate, `connection rate, ${parallel}`, () =>
        measureConnectionRate(system, parallel, plan.connectionSeconds),
      );
    }
    if (result.memory.length > 0) result.memoryAfterLoad.push(memoryOf(system));
  }
  for (const fault of has("outages") ? system.faults : []) {
    for (let repeat = 0; repeat < plan.outages; repeat += 1) {
      await take(result.outages, fault, () => measureOutage(system, fault));
    }
  }
}
