import type { ConnectionCount, Figures } from "./figures.ts";
import { measureConnectionRate } from "./measures/connection-rate.ts";
import { measureDatagramRate, measureDatagramsAt } from "./measures/datagrams.ts";
import { measureRamps } from "./measures/ramp.ts";
import { measureBesideBulk, measureBesideStreams, measureRoundTrips } from "./measures/round-trips.ts";
import { measureThroughput } from "./measures/throughput.ts";
import type { Place } from "./place.ts";
import type { System } from "./system.ts";

export const MEASURES = ["round-trip", "throughput", "beside-bulk", "connection-rate", "memory", "outages"] as const;
export type MeasureName = (typeof MEASURES)[number];

type Step<Measure = MeasureName> = readonly [
  measure: Measure,
  name: string,
  take: (system: System, plan: Plan) => Promise<Figures>,
];

/** The steps of a round, in their order. */
const STEPS: readonly Step[] = [
  ["round-trip", "round trips", (system, { seconds }) => measureRoundTrips(system, seconds)],
  ["throughput", "throughput, 1", (system, plan) => measureThroughput(system, 1, plan)],
  ["throughput", "throughput, 8", (system, plan) => measureThroughput(system, 8, plan)],
  ["beside-bulk", "round trips beside bulk", (system, { seconds }) => measureBesideBulk(system, null, seconds)],
  ["beside-bulk", "round trips beside 200 Mbit/s", (system, { seconds }) => measureBesideBulk(system, 200, seconds)],
  ["beside-bulk", "round trips beside 8 streams", (system, { seconds }) => measureBesideStreams(system, seconds)],
  ["connection-rate", "connection rate, 1", (system, { seconds }) => measureConnectionRate(system, 1, seconds)],
  ["connection-rate", "connection rate, 16", (system, { seconds }) => measureConnectionRate(system, 16, seconds)],
];
const OVER_BAD_WIRES = ["round trips", "throughput, 1", "round trips beside bulk"];
const DATAGRAMS: readonly Step<"datagrams">[] = [
  ["datagrams", "datagrams, 100 Mbit/s", (system, { seconds }) => measureDatagramsAt(system, 100, seconds)],
  ["datagrams", "datagrams, the highest rate", (system, { seconds }) => measureDatagramRate(system, seconds)],
];
const SWITCH: readonly Step<"switch">[] = [["switch", "rate after a switch", measureRamps]];
const VPN_DATAGRAMS = DATAGRAMS.slice(0, 1);
const WITH_CLASSES = ["round trips", "round trips beside 8 streams"];

/** The steps that a round of a plan takes in a place. */
export function stepsOf(
  { measures }: Plan,
  { of, badWire }: Place,
): readonly Step<MeasureName | "datagrams" | "switch">[] {
  if (of === "switch") return SWITCH;
  if (of === "datagrams") return DATAGRAMS;
  const steps = STEPS.filter(([measure]) => measures.includes(measure));
  if (of === "bad-link") return steps.filter(([, name]) => OVER_BAD_WIRES.includes(name));
  if (of === "vpn" && badWire === undefined)
    return [...steps.filter(([, name]) => !name.includes("beside")), ...VPN_DATAGRAMS];
  if (of === "classes" || of === "vpn") return steps.filter(([, name]) => WITH_CLASSES.includes(name));
  return steps.filter(([, name]) => name !== "round trips beside 8 streams");
}

export interface Plan {
  readonly measures: readonly MeasureName[];
  /** Length of one measure. */
  readonly seconds: number;
  /** Seconds that a transfer runs before it counts. */
  readonly settleSeconds: number;
  /** Numbers of open connections that memory is taken with, one after the other. */
  readonly connections: readonly ConnectionCount[];
  /** Runs of each measure; the report shows the median. */
  readonly repeats: number;
  /** Samples of each fault of `recovery`. */
  readonly samples: number;
  /** How long a step waits for the machine to be quiet, at most. */
  readonly quietMs: number;
}

export const FULL: Plan = {
  measures: MEASURES,
  seconds: 4,
  settleSeconds: 0,
  // The largest number comes twice: memory that is not given back would grow.
  connections: [200, 10_000, 10_000],
  repeats: 3,
  samples: 20,
  quietMs: 5_000,
};

/** The whole run takes some three minutes: figures that take long, and change least from day to day, are left out. */
export const QUICK: Plan = {
  ...FULL,
  measures: MEASURES.filter((measure) => measure !== "outages"),
  seconds: 1,
  connections: [200],
  repeats: 1,
  samples: 3,
  quietMs: 1_000,
};

/** The part of the plan that is measured in another place. */
export function planIn({ of, badWire }: Place, plan: Plan): Plan {
  if (of === "datagrams" || of === "switch") return { ...plan, measures: [] };
  if (of === "relays") return { ...plan, measures: ["throughput", "outages"] };
  if (of === "recovery") return { ...plan, measures: ["outages"], repeats: 1 };
  if (of === "link-vertices") return { ...plan, measures: ["round-trip", "throughput"] };
  if (of === "vpn" && badWire === undefined)
    return { ...plan, measures: ["round-trip", "throughput", "memory"], connections: [] };
  if (of === "classes" || of === "vpn") return { ...plan, measures: ["round-trip", "beside-bulk"] };
  if (of !== "bad-link") return { ...plan, measures: ["round-trip", "throughput"], repeats: 1 };
  return { ...plan, measures: ["round-trip", "throughput", "beside-bulk"], settleSeconds: 3, repeats: 1 };
}
