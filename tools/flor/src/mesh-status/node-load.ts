/** The part of statuses that the metrics of both programs are made of, as far as the console shows it. Texts are safe to show. */
import { foreignText } from "@florenetes/operator-text";
import { z } from "zod";
import { CAUSES_MAX, SWITCHES_MAX, TEXT_LENGTH_MAX } from "./limits.ts";

export interface PressureFacts {
  readonly level: string;
  /** In percent. */
  readonly score: number;
  readonly reasons: readonly string[];
  readonly action: string;
}

/** Counts by their causes since the process started. */
export type CauseCounts = ReadonlyMap<string, number>;

/** Figures of cluster-flor. Counters count since the process started. */
export interface ClusterLoad {
  readonly pressure: PressureFacts;
  /** Workload connections at all ends of the node. */
  readonly streams: { readonly open: number; readonly total: number; readonly refused: CauseCounts };
  readonly drops: CauseCounts;
  /** Figures of links that are up, by the links' names. */
  readonly links: ReadonlyMap<string, LinkLoad>;
  readonly switches: readonly SwitchFacts[];
}

export interface LinkLoad {
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  /** Packets. */
  readonly queue: number;
  /** Packets that both programs have thrown away; falls when the link comes up anew. */
  readonly dropped: number;
}

export interface SwitchFacts {
  readonly path: string;
  readonly reason: string;
  readonly count: number;
  readonly lastMs: number;
  readonly meanMs: number;
  readonly longestMs: number;
}

/** Figures of link-flor. */
export interface LinkFlorLoad {
  readonly pressure: PressureFacts;
  readonly drops: CauseCounts;
}

const text = z.string().transform((value) => foreignText(value, TEXT_LENGTH_MAX));
const count = z.number().nonnegative();
const counts = z.record(z.string(), count);
const pressure = z.object({ level: text, score: count, reasons: z.array(text).max(CAUSES_MAX), action: text });
const streams = z.object({ open: count, total: count, refused: counts });
const streamEnds = z.array(z.object({ connections: streams }));

const clusterLoad = z.object({
  pressure,
  tunnels: streamEnds,
  sessions: z.array(z.object({ services: streamEnds })),
  services: streamEnds,
  drops: z.object({ forwarding: counts, transport: counts, florio: counts }),
  links: z.array(
    z.object({
      name: text,
      packetsDropped: count,
      figures: z
        .object({ sentBitsPerSecond: count, receivedBitsPerSecond: count, queueLength: count, packetsDropped: count })
        .nullable(),
    }),
  ),
  paths: z.array(
    z.object({
      name: text,
      switches: z.array(z.object({ reason: text, switches: count, lastMs: count, meanMs: count, longestMs: count })),
    }),
  ),
});

const linkFlorLoad = z.object({
  pressure,
  clusters: z.array(
    z.object({ drops: z.object({ udp: counts, florio: counts }), links: z.array(z.object({ drops: counts })) }),
  ),
});

/** Null: the status does not have them, as that of an earlier version. */
export function readClusterLoad(status: unknown): ClusterLoad | null {
  const { success, data } = clusterLoad.safeParse(status);
  if (!success) return null;
  const { tunnels, sessions, services, drops, links, paths } = data;
  const ends = [...tunnels, ...sessions.flatMap((socket) => socket.services), ...services].map(
    ({ connections }) => connections,
  );
  const switches = paths.flatMap(({ name: path, switches: all }) =>
    all.map(({ switches: times, ...rest }) => ({ path, count: times, ...rest })),
  );
  return {
    pressure: data.pressure,
    streams: {
      open: sumOf(ends.map(({ open }) => open)),
      total: sumOf(ends.map(({ total }) => total)),
      refused: causesOf(ends.map(({ refused }) => refused)),
    },
    drops: causesOf([drops.forwarding, drops.transport, drops.florio]),
    links: new Map(
      links.flatMap(({ name, packetsDropped: here, figures }) => {
        if (figures === null) return [];
        const { queueLength: queue, packetsDropped, ...rates } = figures;
        return [[name, { ...rates, queue, dropped: here + packetsDropped }]];
      }),
    ),
    switches: switches.slice(0, SWITCHES_MAX),
  };
}

/** Null: the status does not have them. */
export function readLinkFlorLoad(status: unknown): LinkFlorLoad | null {
  const { success, data } = linkFlorLoad.safeParse(status);
  if (!success) return null;
  const drops = data.clusters.flatMap(({ drops: { udp, florio }, links }) => [udp, florio, ...links.map(dropsOf)]);
  return { pressure: data.pressure, drops: causesOf(drops) };
}

function dropsOf({ drops }: { readonly drops: Readonly<Record<string, number>> }): Readonly<Record<string, number>> {
  return drops;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

const FURTHER = "others";

/** Counts of all parts together. Causes beyond so many have one count. */
function causesOf(parts: readonly Readonly<Record<string, number>>[]): CauseCounts {
  const all = new Map<string, number>();
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) {
      const cause = foreignText(name, TEXT_LENGTH_MAX);
      const key = all.has(cause) || all.size < CAUSES_MAX ? cause : FURTHER;
      all.set(key, (all.get(key) ?? 0) + value);
    }
  return all;
}
