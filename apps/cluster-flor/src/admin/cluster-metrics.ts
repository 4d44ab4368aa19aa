import {
  CONFIG_DIFFERS,
  DROPPED_PACKETS,
  LINKS,
  PORTAL_ATTACHED,
  QUIC_VIOLATIONS,
  countSamples,
  engineMetric,
  identityMetrics,
  pressureMetrics,
  processMetrics,
  qlogMetrics,
  revocationMetrics,
  secretsMetric,
} from "@florenetes/process-kit";
import type { Metric, MetricSample } from "@florenetes/process-kit";
import type { LinkStatusRow } from "../connection/connection-status.ts";
import type { TransitStatus } from "../forwarding/forwarding-status.ts";
import type { ConnectionStatus } from "../transport/transport-status.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import { LINK_FIGURE_METRICS } from "./link-figure-metrics.ts";
import { OVERLAY_METRICS } from "./overlay-metrics.ts";
import { PERMIT_METRICS } from "./permit-metrics.ts";
import { SESSION_METRICS } from "./session-metrics.ts";
import { STREAM_METRICS } from "./stream-metrics.ts";

const program = "cluster-flor";

const linkStates: readonly LinkStatusRow["state"][] = ["waiting", "connecting", "up", "down", "refused"];
const directions: readonly ConnectionStatus["direction"][] = ["originated", "accepted"];
const connectionStates: readonly ConnectionStatus["state"][] = ["handshaking", "established", "draining"];
const linkLabels = ["process", "cluster", "link", "peer", "tag"];

/** The metrics of cluster-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from them. */
export const CLUSTER_METRICS: readonly Metric<ClusterStatus>[] = [
  ...processMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  ...pressureMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  engineMetric<ClusterStatus>(program, ({ cluster }) => cluster),
  secretsMetric<ClusterStatus>(program, ({ cluster }) => cluster),
  ...qlogMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  ...identityMetrics<ClusterStatus>(program, ({ cluster, certificates }) =>
    certificates.map((status) => ({ cluster, status })),
  ),
  ...revocationMetrics<ClusterStatus>(program, ({ cluster, revocation }) =>
    revocation === null ? [] : [{ cluster, status: revocation }],
  ),
  {
    name: "parts_down",
    kind: "gauge",
    help: "Parts of cluster-flor's config that [the machine does not let run](configuration.md#parts-that-are-down) at present: `status` names them.",
    labels: ["process", "cluster"],
    samples: ({ cluster, down }) => [{ labels: { process: program, cluster }, value: down.length }],
  },
  {
    ...CONFIG_DIFFERS,
    samples: ({ cluster, config }) => [
      { labels: { process: program, cluster }, value: Number(config.fileState !== "same") },
    ],
  },
  {
    name: "trace_questions_total",
    kind: "counter",
    help: "[Questions of traces](../protocol/trace.md) that stopped at this vertex: `answered`; `limited`: there were too many over their link, or too many labels were tried; `off`: the link's `trace` is off; `malformed`.",
    labels: ["process", "cluster", "result"],
    *samples({ cluster, traces }) {
      for (const [result, count] of Object.entries(traces)) {
        yield { labels: { process: program, cluster, result }, value: count };
      }
    },
  },
  {
    name: "path_reachable",
    kind: "gauge",
    help: "1 while authentic packets of the path's far end come: within 2 s while streams are open or workloads wait (where four round trips are more than a second, within a second and those), else and at most within 15 s. 0 as well where the far end is heard and has not acknowledged anything for 1.5 s and four round trips, as where a label is wrong: so that is seen within 5 s. Missing while nobody asks for them: no tunnel keeps a connection over it.",
    labels: ["process", "cluster", "path"],
    *samples({ cluster, paths }) {
      for (const { name, isReachable } of paths) {
        if (isReachable !== null)
          yield { labels: { process: program, cluster, path: name }, value: Number(isReachable) };
      }
    },
  },
  {
    name: "target_up",
    kind: "gauge",
    help: "1 while the target of a service takes connections, as streams that are led there show, or the last look while there are none, or where one has failed ([`health-check`](configuration.md#a-service)). Missing for targets that are not looked at.",
    labels: ["process", "cluster", "service"],
    *samples({ cluster, services }) {
      for (const { name, health } of services) {
        if (health !== null && health.state !== "unknown")
          yield { labels: { process: program, cluster, service: name }, value: Number(health.state === "up") };
      }
    },
  },
  {
    ...PORTAL_ATTACHED,
    *samples({ cluster, portals }) {
      for (const { name, state } of portals) {
        yield { labels: { process: program, cluster, portal: name }, value: Number(state === "attached") };
      }
    },
  },
  {
    ...LINKS,
    *samples({ cluster, links }) {
      for (const state of linkStates) {
        yield {
          labels: { process: program, cluster, state },
          value: links.filter((link) => link.state === state).length,
        };
      }
    },
  },
  linkMetric("gauge", "link_up", "1 while the link carries packets; `link` is its name in the config.", ({ state }) =>
    Number(state === "up"),
  ),
  linkMetric("counter", "link_ups_total", "How often the link came up.", ({ ups }) => ups),
  linkMetric(
    "counter",
    "link_sent_packets_total",
    "Packets given to the link vertex for the link. Those that were lost before it had them are in `florenetes_dropped_packets_total` as well, by `florio`.",
    (link) => link.packetsSent,
  ),
  linkMetric("counter", "link_received_packets_total", "Packets received over the link.", (l) => l.packetsReceived),
  linkMetric("counter", "link_sent_bytes_total", "Bytes of the packets sent.", ({ bytesSent }) => bytesSent),
  linkMetric("counter", "link_received_bytes_total", "Bytes of the packets received.", (link) => link.bytesReceived),
  linkMetric(
    "counter",
    "link_dropped_packets_total",
    "Packets for the link that were not given to the link vertex: the same ones that `florenetes_dropped_packets_total` has under `linkDown` and `linkFull`, here by link.",
    (l) => l.packetsDropped,
  ),
  ...LINK_FIGURE_METRICS,
  {
    name: "link_refused_packets_total",
    kind: "counter",
    help: "Packets that came in over the link and were neither forwarded nor delivered, by the causes of [mesh-packet.md](../protocol/mesh-packet.md#why-a-packet-is-dropped).",
    labels: ["cluster", "link", "cause"],
    *samples({ cluster, forwarding }) {
      for (const { name, drops } of forwarding.links) {
        // Most links drop packets for few causes, and there may be many links.
        const seen = Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0));
        yield* countSamples(seen, "cause", { cluster, link: name });
      }
    },
  },
  {
    name: "link_guessed_labels_total",
    kind: "counter",
    help: "Different labels that came over the link and mean nothing here: one that grows is a neighbour with an old config, or somebody who looks for services ([mesh-packet.md](../protocol/mesh-packet.md#who-guesses-labels)).",
    labels: ["cluster", "link"],
    *samples({ cluster, forwarding }) {
      for (const { name, labelsGuessed } of forwarding.links) {
        yield { labels: { cluster, link: name }, value: labelsGuessed };
      }
    },
  },
  transitMetric(
    "transit_packets_total",
    "Packets let through from the one link to the other.",
    ({ packets }) => packets,
  ),
  transitMetric(
    "transit_limited_packets_total",
    "Packets thrown away because more came than `transit-limit`, or a permit, lets through.",
    (pair) => pair.packetsDropped,
  ),
  ...PERMIT_METRICS,
  {
    name: "path_route_usable",
    kind: "gauge",
    help: "Of a path with routes: 1 while nothing says that the route has failed. `route` names the vertices from the first neighbour to the host.",
    labels: ["cluster", "path", "route"],
    *samples({ cluster, paths }) {
      for (const { name: path, routes } of paths)
        for (const { name: route, failure } of routes)
          yield { labels: { cluster, path, route }, value: Number(failure === null) };
    },
  },
  {
    name: "path_route_switches_total",
    kind: "counter",
    help: "Switches of connections to another route of their path, by [reason](../protocol/transport.md#switching-routes).",
    labels: ["cluster", "path", "reason"],
    *samples({ cluster, paths }) {
      for (const { name: path, switches: all } of paths)
        for (const { reason, switches: value } of all) yield { labels: { cluster, path, reason }, value };
    },
  },
  {
    name: "path_route_recovery_seconds",
    kind: "gauge",
    help: "Time from the last answer over the former route to the first one over the next, by `of`: the `last` switch for that reason, the `mean` and the `longest` of all.",
    labels: ["cluster", "path", "reason", "of"],
    *samples({ cluster, paths }) {
      for (const { name: path, switches: all } of paths)
        for (const { reason, lastMs, meanMs, longestMs } of all)
          for (const [of, ms] of Object.entries({ last: lastMs, mean: meanMs, longest: longestMs }))
            yield { labels: { cluster, path, reason, of }, value: ms / 1_000 };
    },
  },
  {
    name: "path_usable",
    kind: "gauge",
    help: "1 while packets can leave on the path: its first link is up.",
    labels: ["cluster", "path"],
    *samples({ cluster, paths }) {
      for (const { name, isUsable } of paths) yield { labels: { cluster, path: name }, value: Number(isUsable) };
    },
  },
  {
    name: "path_mtu_bytes",
    kind: "gauge",
    help: "Largest packet that connections over the path are made for; `origin` says why: `config`, `local` (no link), or what probes have found: `probing` (nothing yet), `proven`, `marked` (a link prefers no larger ones), `lost` (larger ones do not get through).",
    labels: ["cluster", "path", "origin"],
    *samples({ cluster, paths }) {
      for (const { name, mtu, mtuOrigin } of paths) {
        yield { labels: { cluster, path: name, origin: mtuOrigin }, value: mtu };
      }
    },
  },
  {
    name: "tunnel_listening",
    kind: "gauge",
    help: "1 while the tunnel takes workload connections; `tunnel` is its listen address.",
    labels: ["cluster", "tunnel"],
    *samples({ cluster, tunnels }) {
      for (const { listen, isListening } of tunnels) {
        yield { labels: { cluster, tunnel: listen }, value: Number(isListening) };
      }
    },
  },
  partMetric(
    "access_log_records_total",
    "Lines written to the [access log](access-log.md); missing where there is none.",
    ({ accessLog }) => accessLog?.records,
  ),
  partMetric(
    "access_log_lost_records_total",
    "Lines of the access log that could not be written: its disk was full or slow.",
    ({ accessLog }) => accessLog?.lost,
  ),
  partMetric(
    "otlp_spans_total",
    "Spans that the [collector](access-log.md#spans) has taken; missing where none are sent.",
    ({ otlpTraces }) => otlpTraces?.spans,
  ),
  partMetric(
    "otlp_lost_spans_total",
    "Spans that were lost: the collector was away or slow, or refused them.",
    ({ otlpTraces }) => otlpTraces?.lost,
  ),
  ...OVERLAY_METRICS,
  ...SESSION_METRICS,
  ...STREAM_METRICS,
  {
    name: "connections",
    kind: "gauge",
    help: "End-to-end connections: `originated` or `accepted`; `handshaking`, `established` or `draining`.",
    labels: ["cluster", "direction", "state"],
    samples: connectionSamples,
  },
  {
    name: "connection_handshakes_total",
    kind: "counter",
    help: "Handshakes of end-to-end connections to a service here: `established`, or why they were refused or given up ([transport.md](../protocol/transport.md)).",
    labels: ["cluster", "service", "outcome"],
    *samples({ cluster, services }) {
      for (const { name, handshakes } of services) {
        yield* countSamples(handshakes, "outcome", { cluster, service: name });
      }
    },
  },
  {
    name: "service_granted_seconds",
    kind: "gauge",
    help: "How long a service with `leader: fabric` is served here from now on, by the [grant](../protocol/fabric-door.md#grants) of the control agent; 0: it is not.",
    labels: ["cluster", "service"],
    *samples({ cluster, services }) {
      for (const { name, grantedMs } of services) {
        if (grantedMs !== null) yield { labels: { cluster, service: name }, value: grantedMs / 1_000 };
      }
    },
  },
  {
    ...QUIC_VIOLATIONS,
    samples: ({ cluster, violations }) => countSamples(violations, "cause", { process: program, cluster }),
  },
  {
    ...DROPPED_PACKETS,
    *samples({ cluster, drops }) {
      for (const [by, counts] of Object.entries(drops))
        yield* countSamples(counts, "cause", { process: program, cluster, by });
    },
  },
];

function linkMetric(
  kind: "counter" | "gauge",
  name: string,
  help: string,
  valueOf: (link: LinkStatusRow) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind,
    help,
    labels: linkLabels,
    *samples({ cluster, links }) {
      for (const link of links) {
        const { name: linkName, peer, tag } = link;
        yield { labels: { process: program, cluster, link: linkName, peer, tag }, value: valueOf(link) };
      }
    },
  };
}

/** A counter of a part that not every config has. */
function partMetric(
  name: string,
  help: string,
  valueOf: (status: ClusterStatus) => number | undefined,
): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster"],
    *samples(status) {
      const value = valueOf(status);
      if (value !== undefined) yield { labels: { cluster: status.cluster }, value };
    },
  };
}

function transitMetric(name: string, help: string, valueOf: (pair: TransitStatus) => number): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster", "in_link", "out_link"],
    *samples({ cluster, forwarding }) {
      for (const pair of forwarding.transit) {
        yield { labels: { cluster, in_link: pair.inLink, out_link: pair.outLink }, value: valueOf(pair) };
      }
    },
  };
}

function* connectionSamples({ cluster, connections }: ClusterStatus): Generator<MetricSample> {
  const counts = new Map<string, number>();
  for (const { direction, state } of connections) {
    const key = `${direction} ${state}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const direction of directions) {
    for (const state of connectionStates) {
      yield { labels: { cluster, direction, state }, value: counts.get(`${direction} ${state}`) ?? 0 };
    }
  }
}
