import { formatServiceTarget } from "@florenetes/config-file";
import { TRAFFIC_CLASS_NAMES, TrafficClass, type TrafficClassName, WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import type { Counts, PressureLevel } from "@florenetes/process-kit";
import type { LinkConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { Slots } from "../config/slot-map.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import type { EndConnections } from "./end-connections.ts";
import type { DatagramCounts } from "./datagrams/flow-account.ts";
import type { Way } from "./packets/packet-sender.ts";
import type { TransportDrops } from "./packets/transport-drops.ts";
import type { ServiceEnd } from "./services/service-end.ts";
import type { StreamCounts } from "./streams/stream-account.ts";
import type { Tunnel } from "./tunnels/tunnel.ts";

/** The transport's part of what `cluster-flor status --json` prints. */
export interface TransportStatus {
  readonly tunnels: readonly TunnelStatus[];
  readonly services: readonly ServiceStatus[];
  readonly connections: readonly ConnectionStatus[];
  /** Dropped packets, by cause. */
  readonly drops: Counts;
  /** Connections that were closed because their peer made QUIC keep, answer or send too much, by cause. */
  readonly violations: Counts;
}

export interface TunnelStatus {
  /** The listen address as written. */
  readonly listen: string;
  /** Principal that the tunnel lends, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly service: string;
  readonly path: string;
  readonly class: TrafficClassName;
  /** How long the tunnel keeps an end-to-end connection without streams; null: it always keeps one. */
  readonly keepMs: number | null;
  readonly isListening: boolean;
  /**
   * Why workloads are refused though the tunnel listens (its certificate is revoked); or why it does not listen, after
   * the code for that; else "".
   */
  readonly text: string;
  /**
   * Why new workloads cannot reach the service, as far as that is known: nothing is heard from the far end, for
   * example; "" when they can.
   */
  readonly unreached: string;
  /** Connections beside the first, made as its streams were used up; 0: there is none now. Tunnels that share connections say the same. */
  readonly connectionsBeside: number;
  /** How often workloads had to wait because no connection had room for one more stream. */
  readonly streamsUsedUp: number;
  /** Streams that went to the standby host of the service as the host in use was silent. */
  readonly standbyStreams: number;
  /** Streams; for a tunnel of datagrams, those of flows. */
  readonly connections: StreamCounts;
  /** Null for a tunnel of streams. */
  readonly datagrams: DatagramCounts | null;
}

export interface ServiceStatus {
  readonly name: string;
  readonly label: number;
  /** The second label that also leads to the service; null: there is none. */
  readonly secondLabel: number | null;
  /** The target, written as in the config: `tcp://…`, `unix:…` or `udp://…`. */
  readonly target: string;
  readonly allow: readonly string[];
  /** The traffic classes that connections to the service may have. */
  readonly classes: readonly TrafficClassName[];
  /** How long the control agent's grant has the service served from now on; 0: it is not served here now; null: it needs no grant. */
  readonly grantedMs: number | null;
  readonly connections: StreamCounts;
  /** Null for a service of streams. */
  readonly datagrams: DatagramCounts | null;
  /**
   * Handshakes of end-to-end connections, by outcome: `established`, or the code of the refusal or failure
   * (docs/protocol/transport.md).
   */
  readonly handshakes: Counts;
  /** Why the service accepts no connections (its certificate is revoked); else "". */
  readonly text: string;
}

/** An end-to-end transport connection. */
export interface ConnectionStatus {
  /** ConnectionId, 16 hexadecimal digits. */
  readonly id: string;
  readonly direction: "originated" | "accepted";
  readonly state: "handshaking" | "established" | "draining";
  /** Proven principal of the other end, as `<kind>/<name>`; null until proven. */
  readonly peer: string | null;
  /** The earliest end of the certificates that the peer has shown; null before. */
  readonly peerValidUntil: string | null;
  readonly service: string;
  /** Name of the path (originated), or the reverse path (accepted): the link and the labels, as `<link> 203 900`. */
  readonly path: string;
  readonly class: TrafficClassName;
  /** The pressure level of the other end; null when it has told none, as it need not when nominal. */
  readonly peerPressure: PressureLevel | null;
  readonly streamsOpen: number;
  readonly rttMs: number | null;
  /** How long ago an authenticated packet of the other end came, which is not noted for every packet. */
  readonly lastHeardMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly ageMs: number;
}

export interface StatusSources {
  readonly config: Pick<RunningConfig, "paths" | "links">;
  readonly tunnels: Iterable<Tunnel>;
  readonly services: Iterable<ServiceEnd>;
  readonly connections: EndConnections;
  readonly drops: TransportDrops;
  /** Packets that the data plane has dropped, and that are not among those, by cause. */
  readonly planeDrops: Counts;
  readonly violations: Counts;
}

export function transportStatus(sources: StatusSources, now: number): TransportStatus {
  const { config, connections, planeDrops, violations } = sources;
  return {
    tunnels: [...sources.tunnels].map((tunnel) => tunnelStatus(tunnel, config.paths)),
    services: [...sources.services].map(serviceStatus),
    connections: connectionRows(connections, config.links, now),
    drops: {
      ...sources.drops.toJSON(planeDrops),
      unauthenticated: connections.packetsIgnored + (planeDrops["unauthenticated"] ?? 0),
    },
    violations,
  };
}

function tunnelStatus(tunnel: Tunnel, paths: RunningConfig["paths"]): TunnelStatus {
  const { name, service, path, trafficClass, keepMs } = tunnel.config;
  return {
    listen: name,
    as: tunnel.as,
    service,
    path: paths.get(path)!.name,
    class: TRAFFIC_CLASS_NAMES[trafficClass]!,
    keepMs: keepMs ?? null,
    isListening: tunnel.isListening,
    text: tunnel.problem,
    unreached: tunnel.unreached,
    ...tunnel.trunk.rooms,
    standbyStreams: tunnel.standbyStreams,
    connections: tunnel.account.counts,
    datagrams: tunnel.flowAccount?.counts ?? null,
  };
}

function serviceStatus(service: ServiceEnd): ServiceStatus {
  const { name, label, secondLabel = null, target, allow, classes } = service.config;
  return {
    name,
    label,
    secondLabel,
    target: formatServiceTarget(target),
    allow,
    classes: WORKLOAD_CLASS_NAMES.filter((name) => classes?.has(TrafficClass[name]) !== false),
    grantedMs: service.grant.leftMs,
    connections: service.account.counts,
    datagrams: service.flowAccount?.counts ?? null,
    handshakes: service.handshakes,
    text: service.problem,
  };
}

function connectionRows(
  connections: EndConnections,
  links: Slots<Pick<LinkConfig, "name">>,
  now: number,
): ConnectionStatus[] {
  return [...connections.all()].map((connection) => {
    const trunk = connections.trunkOf(connection);
    const service = trunk?.options.service ?? connections.serviceOf(connection)!.config.name;
    return connectionStatus(connection, service, trunk?.options.path, links, now);
  });
}

/** @param path Name of the path of an originated connection. */
function connectionStatus(
  connection: EndConnection,
  service: string,
  path: string | undefined,
  links: Slots<Pick<LinkConfig, "name">>,
  now: number,
): ConnectionStatus {
  const { state } = connection;
  const stats = connection.stats(now);
  const isUp = state === "open";
  return {
    id: connectionId(connection),
    direction: path === undefined ? "accepted" : "originated",
    state: state === "handshaking" ? "handshaking" : isUp && !connection.isDraining ? "established" : "draining",
    peer: connection.peer ?? null,
    peerValidUntil: connection.peerProof?.term.until.toISOString() ?? null,
    service,
    path: path ?? formatWay(connection.way, links),
    class: TRAFFIC_CLASS_NAMES[connection.trafficClass]!,
    peerPressure: connection.peerPressure?.level ?? null,
    streamsOpen: connection.streamsOpen,
    rttMs: isUp ? stats.rttMs : null,
    lastHeardMs: Math.round(stats.silentMs),
    bytesSent: stats.bytesSent,
    bytesReceived: stats.bytesReceived,
    ageMs: Math.round(now - connection.startedAt),
  };
}

/** A reverse path, as the link that it begins with and its labels. */
export function formatWay(way: Way, links: Slots<Pick<LinkConfig, "name">>): string {
  const labels = [...way.words].map((word) => word >>> 12);
  const link = way.outLink === LINK_NONE ? "here" : (links.get(way.outLink)?.name ?? "?");
  return [link, ...labels].join(" ");
}

/** A ConnectionId in 16 hexadecimal digits. */
export function connectionId({ idHigh, idLow }: Pick<EndConnection, "idHigh" | "idLow">): string {
  return hex(idHigh) + hex(idLow);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
