import { formatStreamAddress } from "@florenetes/config-file";
import type { Counts } from "@florenetes/process-kit";
import type { ClusterStatus, ConnectionStatus, ServiceStatus } from "../admin/cluster-status.ts";
import type { LinkConfig } from "../config/cluster-config.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import type { Way } from "./packets/packet-sender.ts";
import type { ServiceEnd } from "./services/service-end.ts";

/** The transport's part of `ClusterStatus`. */
export interface TransportStatus extends Pick<ClusterStatus, "tunnels" | "services" | "connections" | "violations"> {
  readonly drops: Counts;
}

export function serviceStatus(service: ServiceEnd): ServiceStatus {
  const { name, label, target, allow } = service.config;
  return {
    name,
    label,
    target: formatStreamAddress(target),
    allow,
    connections: service.account.counts,
    handshakes: service.handshakes,
    text: service.problem,
  };
}

/** @param path Name of the path of an originated connection. */
export function connectionStatus(
  connection: EndConnection,
  service: string,
  path: string | undefined,
  links: readonly Pick<LinkConfig, "name">[],
  now: number,
): ConnectionStatus {
  const { quic, state } = connection;
  const stats = quic.stats();
  const isUp = state === "open";
  return {
    id: hex(connection.idHigh) + hex(connection.idLow),
    direction: path === undefined ? "accepted" : "originated",
    state: state === "handshaking" ? "handshaking" : isUp && !connection.isDraining ? "established" : "draining",
    peer: connection.peer ?? null,
    peerValidUntil: connection.peerProof?.term.until.toISOString() ?? null,
    service,
    path: path ?? formatWay(connection.way, links),
    streamsOpen: connection.relays.size,
    rttMs: isUp ? stats.rttMs : null,
    bytesSent: stats.bytesSent,
    bytesReceived: stats.bytesReceived,
    ageMs: Math.round(now - connection.startedAt),
  };
}

function formatWay(way: Way, links: readonly Pick<LinkConfig, "name">[]): string {
  const labels = [...way.words].map((word) => word >>> 12);
  const link = way.outLink === LINK_NONE ? "here" : (links[way.outLink]?.name ?? "?");
  return [link, ...labels].join(" ");
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
