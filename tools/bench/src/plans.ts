import { MEASURES, type Plan } from "./plan.ts";

export const FULL: Plan = {
  measures: MEASURES,
  streams: [1, 8],
  seconds: 5,
  settleSeconds: 0,
  roundTrips: 3000,
  roundTripSeconds: 5,
  besideLimits: [null, 200],
  besideSeconds: 4,
  connectionSeconds: 3,
  // The most of them twice: what is not given back would grow.
  connections: [200, 10_000, 10_000],
  repeats: 3,
  outages: 2,
  quietMs: 5_000,
};

/** What takes long, and changes least from day to day, is left out: the whole run stays below three minutes. */
export const QUICK: Plan = {
  measures: MEASURES.filter((measure) => measure !== "outages"),
  streams: [1, 8],
  seconds: 2,
  settleSeconds: 0,
  roundTrips: 1000,
  roundTripSeconds: 3,
  besideLimits: [null, 200],
  besideSeconds: 1,
  connectionSeconds: 1,
  connections: [200],
  repeats: 1,
  outages: 1,
  quietMs: 1_000,
};
