import type { FaultName } from "./system.ts";

/** Round trips by themselves, and beside a bulk transfer. */
export type RoundTripName = "round trip" | "beside bulk" | "beside 200 Mbit/s";
/** Numbers of open connections that memory is taken with. */
export type ConnectionCount = 200 | 10000;
/** Moments at which memory is taken, in MB. */
export type MemoryName = "idle" | "idle node" | `${ConnectionCount} ${"open" | "closed"}` | "after a round";

/** All that is measured of a transit node: the cost of a packet to each of its processes, and what came of the packets. */
export type TransitName = `${"link-flor" | "cluster-flor"} µs` | "packets/s" | "lost %";

/** All that is measured of a system, by what the tables call it. Round trips are in microseconds. */
export type FigureName =
  | "ready s"
  | `${"Mbit/s" | "CPU s per GB"}, ${1 | 8}`
  | `${RoundTripName}, ${"p50" | "p99"}`
  | `connections/s, ${1 | 16}`
  | `memory, ${MemoryName}`
  | "KB per connection"
  | TransitName
  | `${"outage ms" | "pause ms" | "beyond ms" | "lost"}, ${FaultName}`;

/** The figures that a measure takes at a time. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;
/** Each figure as often as it was taken. */
export type AllFigures = Partial<Record<FigureName, number[]>>;

export function addFigures(all: AllFigures, figures: Figures): void {
  for (const [name, figure] of Object.entries(figures) as [FigureName, number][]) (all[name] ??= []).push(figure);
}

/** A summary of several rounds of one figure. */
export interface Summary {
  readonly median: number;
  /** Half of the rounds lie between these. */
  readonly low: number;
  readonly high: number;
}

/** Undefined of no figures at all. */
export function summarize(figures: readonly number[] = []): Summary | undefined {
  if (figures.length === 0) return undefined;
  const sorted = [...figures].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Undefined of no figures at all. */
export function medianOf(figures?: readonly number[]): number | undefined {
  return summarize(figures)?.median;
}

/** A figure here and elsewhere, in rounds that were taken one beside the other. */
export interface Compared {
  readonly here: Summary | undefined;
  readonly beside: Summary | undefined;
  /** Each round here divided by the one beside it: what slowed both falls out. Undefined where a round of one has none beside it. */
  readonly ratio: Summary | undefined;
}

export function compare(here: readonly number[] = [], beside: readonly number[] = []): Compared {
  const ratios = here.length === beside.length ? here.map((figure, round) => figure / beside[round]!) : [];
  return { here: summarize(here), beside: summarize(beside), ratio: summarize(ratios) };
}
