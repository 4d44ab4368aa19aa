import type { ConnectionCount, Figures } from "./figures.ts";
import { measureConnectionRate } from "./measures/connection-rate.ts";
import { measureBesideBulk, measureRoundTrips } from "./measures/round-trips.ts";
import { measureThroughput } from "./measures/throughput.ts";
import type { Place } from "./place.ts";
import type { System } from "./system.ts";

export const MEASURES = ["round-trip", "throughput", "beside-bulk", "connection-rate", "memory", "outages"] as const;
export type MeasureName = (typeof MEASURES)[number];

interface Step {
  readonly measure: MeasureName;
  readonly name: string;
  readonly take: (system: System, plan: Plan) => Promise<Figures>;
}

/** The steps of a round, in their order. */
const STEPS: readonly Step[] = [
  {
    measure: "round-trip",
    name: "round trips",
    take: (system, plan) => measureRoundTrips(system, plan.seconds),
  },
  ...([1, 8] as const).map((streams): Step => ({
    measure: "throughput",
    name: `throughput, ${streams}`,
    take: (system, plan) => measureThroughput(system, streams, plan),
  })),
  ...([null, 200] as const).map((limit): Step => ({
    measure: "beside-bulk",
    name: `round trips beside bulk, ${limit ?? "no"} limit`,
    take: (system, plan) => measureBesideBulk(system, limit, plan.seconds),
  })),
  ...([1, 16] as const).map((parallel): Step => ({
    measure: "connection-rate",
    name: `connection rate, ${parallel}`,
    take: (system, plan) => measureConnectionRate(system, parallel, plan.seconds),
  })),
];
const NOT_OVER_BAD_WIRES = ["throughput, 8", "round trips beside bulk, 200 limit"];

/** The steps that a round of a plan takes in a place. */
export function stepsOf({ measures }: Plan, { of }: Place): readonly Step[] {
  const steps = STEPS.filter(({ measure }) => measures.includes(measure));
  return of === "bad-link" ? steps.filter(({ name }) => !NOT_OVER_BAD_WIRES.includes(name)) : steps;
}

export interface Plan {
  readonly measures: readonly MeasureName[];
  /** Length of one measure. */
  readonly seconds: number;
  /** How long a transfer has run before it counts. */
  readonly settleSeconds: number;
  /** Numbers of open connections that memory is taken with, one after the other. */
  readonly connections: readonly ConnectionCount[];
  /** Runs of each measure; the report shows the median. */
  readonly repeats: number;
  /** How long a step waits for the machine to be quiet, at most. */
  readonly quietMs: number;
}

export const FULL: Plan = {
  measures: MEASURES,
  seconds: 4,
  settleSeconds: 0,
  // The most of them twice: what is not given back would grow.
  connections: [200, 10_000, 10_000],
  repeats: 3,
  quietMs: 5_000,
};

/** Figures that take long, and change least from day to day, are left out: the whole run takes some three minutes. */
export const QUICK: Plan = {
  measures: MEASURES.filter((measure) => measure !== "outages"),
  seconds: 1,
  settleSeconds: 0,
  connections: [200],
  repeats: 1,
  quietMs: 1_000,
};

/** The part of the plan that is measured in another place. */
export function planIn({ of }: Place, plan: Plan): Plan {
  if (of !== "bad-link") return { ...plan, measures: ["round-trip", "throughput"], repeats: 1 };
  return { ...plan, measures: ["round-trip", "throughput", "beside-bulk"], settleSeconds: 3, repeats: 1 };
}
