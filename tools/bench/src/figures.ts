import type { MemoryParts } from "./start/mappings.ts";
import type { FaultName, SwitchReason } from "./system.ts";

/** Round trips by themselves, and beside a bulk transfer. */
export type RoundTripName = "round trip" | "beside bulk" | "beside 200 Mbit/s" | "beside 8 streams";
/** Numbers of open connections that memory is taken with. */
export type ConnectionCount = 200 | 10000;
/** Moments at which memory is taken, in MB. */
export type MemoryName = "idle" | "idle node" | `${ConnectionCount} ${"open" | "closed"}` | "after a round";

/** All that is measured of a transit node: CPU time that each process spends on a packet, and how many packets passed. */
type TransitName = `${"link-flor" | "cluster-flor"} µs` | "packets/s" | "lost %";

/** Figures of datagrams of 1,200 bytes, at a given rate, and at the highest rate at which hardly any are lost. */
type DatagramName =
  | "datagrams/s"
  | `CPU s per million datagrams, ${"highest" | 100}`
  | `${"datagrams lost %" | "jitter"}, 100`;

/** Figures of a start, and of an idle process's memory by its parts. `MB alone` is that of processes beside which nobody runs Node. */
type StartName = `${"" | "CPU "}ms until ready` | `MB, ${"all" | keyof MemoryParts}` | "MB alone";

/** States of a node in which its agent is measured. */
export type AgentStateName = "idle" | "10 changes/s" | "flood";

/** All figures of a system, by their names in the tables. Round trips are in microseconds. */
export type FigureName =
  | "ready s"
  | `${"Mbit/s" | "CPU s per GB"}, ${1 | 8}`
  | `${RoundTripName}, ${"p50" | "p99"}`
  | `connections/s, ${1 | 16}`
  | `memory, ${MemoryName}`
  | "KB per connection"
  | TransitName
  | DatagramName
  | StartName
  | `${"CPU %" | "PSS MB"}, ${AgentStateName}`
  | `${"outage ms" | "pause ms" | "beyond ms" | "lost"}, ${FaultName}`
  | `ramp ms, ${"switched" | "fresh"}`
  | `recovery ms, ${FaultName}, ${SwitchReason}`;

/** The figures that a measure takes at a time. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;
/** Each figure as often as it was taken. */
export type AllFigures = Partial<Record<FigureName, number[]>>;

export function addFigures(all: AllFigures, figures: Figures): void {
  for (const [name, figure] of Object.entries(figures) as [FigureName, number][]) (all[name] ??= []).push(figure);
}

/** The value that a share of the figures does not exceed; undefined if there are no figures. */
export function quantile(figures: readonly number[], share: number): number | undefined {
  const sorted = figures.toSorted((left, right) => left - right);
  return sorted[Math.round((sorted.length - 1) * share)];
}

/** The median of figures; undefined if there are none. */
export function medianOf(figures: readonly number[] = []): number | undefined {
  return quantile(figures, 0.5);
}
