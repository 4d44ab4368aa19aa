import { CONFIG_DIFFERS, countSamples, type Metric, type MetricSample, processMetrics } from "@florenetes/process-kit";
import type { EgressStatus, ShardStatus, VpnFlorStatus } from "./vpn-status.ts";

const program = "vpn-flor";

/** The metrics of vpn-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
export const VPN_METRICS: readonly Metric<VpnFlorStatus>[] = [
  ...processMetrics<VpnFlorStatus>(program, ({ cluster }) => cluster),
  {
    ...CONFIG_DIFFERS,
    samples: ({ cluster, config }) => [
      { labels: { process: program, cluster }, value: Number(config.fileState !== "same") },
    ],
  },
  {
    name: "vpn_session_up",
    kind: "gauge",
    help: "1 while a client has a session with an egress of its pool, 0 otherwise; missing at an egress.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => upSample(status, ({ isUp }) => Number(isUp)),
  },
  {
    name: "vpn_sessions_tried_total",
    kind: "counter",
    help: "Sessions that a client has tried.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => upSample(status, ({ sessions }) => sessions.tried),
  },
  {
    name: "vpn_sessions_total",
    kind: "counter",
    help: "Sessions that came up: at a client its own, at an egress those of all clients.",
    labels: ["process", "cluster", "pool"],
    samples: ({ cluster, pool, up, egress }) => [
      { labels: { process: program, cluster, pool }, value: (up ?? egress)?.sessions.up ?? 0 },
    ],
  },
  {
    name: "vpn_sessions_moved_total",
    kind: "counter",
    help: "Sessions that a client has given up for another one, which was up already: another egress serves it, or the present one was silent.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => upSample(status, ({ sessions }) => sessions.moved),
  },
  {
    name: "vpn_sessions_ended_total",
    kind: "counter",
    help: "Sessions that have ended or, at a client, did not come up, by the [reason](vpn-flor.md#ends-of-sessions).",
    labels: ["process", "cluster", "pool", "reason"],
    samples: ({ cluster, pool, up, egress }) =>
      countSamples((up ?? egress)?.sessions.ended ?? {}, "reason", { process: program, cluster, pool }),
  },
  {
    name: "vpn_sessions_refused_total",
    kind: "counter",
    help: "Sessions that an egress has not let in, by the [reason](vpn-flor.md#ends-of-sessions).",
    labels: ["process", "cluster", "pool", "reason"],
    samples: ({ cluster, pool, egress }) =>
      countSamples(egress?.sessions.refused ?? {}, "reason", { process: program, cluster, pool }),
  },
  {
    name: "vpn_recoveries_total",
    kind: "counter",
    help: "Sessions of a client that came up after one before had ended.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => upSample(status, ({ recovery }) => recovery.count),
  },
  {
    name: "vpn_recovery_last_seconds",
    kind: "gauge",
    help: "The time from the end of a client's session to the next one that was up, the last time.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => upSample(status, ({ recovery }) => recovery.lastMs / 1_000),
  },
  {
    name: "vpn_clients",
    kind: "gauge",
    help: "Clients that an egress has now.",
    labels: ["process", "cluster", "pool"],
    samples: ({ cluster, pool, egress }) =>
      egress === null ? [] : [{ labels: { process: program, cluster, pool }, value: egress.clients }],
  },
  {
    name: "vpn_world_up",
    kind: "gauge",
    help: "1 while an address of an egress's [`probe`](vpn-flor.md#a-silent-world) answers, 0 otherwise; missing where none is asked.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => worldSample(status, ({ isThere }) => Number(isThere === true)),
  },
  {
    name: "vpn_world_losses_total",
    kind: "counter",
    help: "How often the world behind an egress has fallen silent; missing where none is asked.",
    labels: ["process", "cluster", "pool"],
    samples: (status) => worldSample(status, ({ losses }) => losses),
  },
  carried("vpn_packets_total", "Packets inside", "Packets"),
  carried("vpn_bytes_total", "Bytes of packets inside", "Bytes"),
  {
    name: "vpn_flow_drops_total",
    kind: "counter",
    help: "Packets of the tunnel that were sent into a flow and [dropped there](vpn-flor.md#dropped-packets), as too many waited for cluster-flor, by class and shard. They are not among `vpn_drops_total`.",
    labels: ["process", "cluster", "pool", "class", "shard"],
    samples: ({ cluster, pool, up, egress }) =>
      ((up ?? egress)?.shards ?? []).map(({ class: name, shard, droppedPackets }) => ({
        labels: { process: program, cluster, pool, class: name, shard: String(shard) },
        value: droppedPackets,
      })),
  },
  {
    name: "vpn_drops_total",
    kind: "counter",
    help: "Packets that were dropped, by the [cause](vpn-flor.md#dropped-packets).",
    labels: ["process", "cluster", "pool", "cause"],
    samples: ({ cluster, pool, up, egress }) =>
      countSamples((up ?? egress)?.drops ?? {}, "cause", { process: program, cluster, pool }),
  },
];

function* upSample(
  { cluster, pool, up }: VpnFlorStatus,
  valueOf: (up: NonNullable<VpnFlorStatus["up"]>) => number,
): Generator<MetricSample> {
  if (up !== null) yield { labels: { process: program, cluster, pool }, value: valueOf(up) };
}

function* worldSample(
  { cluster, pool, egress }: VpnFlorStatus,
  valueOf: (world: NonNullable<EgressStatus["world"]>) => number,
): Generator<MetricSample> {
  const world = egress?.world ?? null;
  if (world !== null) yield { labels: { process: program, cluster, pool }, value: valueOf(world) };
}

/** A counter of packets or bytes that flows have carried, by class, shard and direction. */
function carried(name: string, what: string, unit: "Packets" | "Bytes"): Metric<VpnFlorStatus> {
  return {
    name,
    kind: "counter",
    help: `${what} of the tunnel that were \`sent\` into flows and \`received\` out of them, by class and shard.`,
    labels: ["process", "cluster", "pool", "class", "shard", "direction"],
    *samples({ cluster, pool, up, egress }): Generator<MetricSample> {
      for (const shard of (up ?? egress)?.shards ?? []) {
        const labels = { process: program, cluster, pool, class: shard.class, shard: String(shard.shard) };
        yield { labels: { ...labels, direction: "sent" }, value: shard[`sent${unit}` satisfies keyof ShardStatus] };
        yield {
          labels: { ...labels, direction: "received" },
          value: shard[`received${unit}` satisfies keyof ShardStatus],
        };
      }
    },
  };
}
