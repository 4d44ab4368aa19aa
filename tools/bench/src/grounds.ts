import type { Place } from "./place.ts";
import type { Plan, SystemResult } from "./plan.ts";
import type { WireOptions } from "./wires/bad-wire.ts";

/** What is measured in other places than the usual one. */
export const GROUNDS = ["offloads-off", "links", "bad-link"] as const;
export type GroundName = (typeof GROUNDS)[number];

/** One place, and what is measured there. */
export interface Ground {
  readonly of: GroundName;
  /** What is unlike the usual place. */
  readonly title: string;
  readonly place: Place;
}

export interface GroundResult extends Ground {
  readonly plan: Plan;
  readonly results: readonly SystemResult[];
}

/** As much as Linux keeps in front of an interface when nobody tells it otherwise: 1,000 packets. */
const DEEP_BUFFER_BYTES = 1_500_000;
/** Twice what is on its way there and back. */
const LONG_BUFFER_BYTES = 5_000_000;

export type BadWireName =
  | "2 % loss"
  | "5 % loss"
  | "50 ms"
  | "200 ms"
  | "20 Mbit/s, deep buffer"
  | "200 ms, 100 Mbit/s";

const BAD_WIRES: readonly (readonly [BadWireName, WireOptions])[] = [
  ["2 % loss", { lossShare: 0.02 }],
  ["5 % loss", { lossShare: 0.05 }],
  ["50 ms", { delayMs: 50 }],
  ["200 ms", { delayMs: 200 }],
  ["20 Mbit/s, deep buffer", { megabitsPerSecond: 20, bufferBytes: DEEP_BUFFER_BYTES }],
  ["200 ms, 100 Mbit/s", { delayMs: 200, megabitsPerSecond: 100, bufferBytes: LONG_BUFFER_BYTES }],
];

export const ALL_GROUNDS: readonly Ground[] = [
  { of: "offloads-off", title: "offloads off", place: { links: 3, hasOffloads: false } },
  ...([1, 6] as const).map((links) => ({
    of: "links" as const,
    title: linksText(links),
    place: { links, hasOffloads: true },
  })),
  ...([1, 3] as const).flatMap((links) =>
    BAD_WIRES.map(([title, badWire]) => ({
      of: "bad-link" as const,
      title,
      place: { links, hasOffloads: true, badWire },
    })),
  ),
];

/** The part of the plan that is measured on a ground. */
export function planOn({ of }: Ground, plan: Plan): Plan {
  if (of !== "bad-link") return { ...plan, measures: ["round-trip", "throughput"], repeats: 1 };
  return {
    ...plan,
    measures: ["round-trip", "throughput", "beside-bulk"],
    streams: [1],
    settleSeconds: 3,
    besideLimits: [null],
    besideSeconds: plan.roundTripSeconds,
    repeats: 1,
  };
}

export function linksText(links: number): string {
  return links === 1 ? "1 link" : `${links} links`;
}
