import { CERTIFICATE_COLUMNS, certificateRows, revocationLines } from "@florenetes/identity";
import {
  configLines,
  countNouns,
  formatBytes,
  formatCounts,
  formatRate,
  formatTable,
  pressureLines,
  tellingLines,
  verdictLines,
} from "@florenetes/process-kit";
import type { Counts } from "@florenetes/process-kit";
import type { LinkStatusRow, PortalStatus } from "../connection/connection-status.ts";
import type { OverlayStatus } from "../overlay/overlay-status.ts";
import type { StreamCounts } from "../transport/streams/stream-account.ts";
import type { AccessLogStatus, ClusterStatus, OtlpTracesStatus } from "./cluster-status.ts";
import { formatDuration } from "@florenetes/operator-text";

/** `cluster-flor status` for people: the verdict, and a table of at most `width` columns for each kind of part that there is. */
export function renderClusterStatus(status: ClusterStatus, width: number): string {
  const { links, paths, tunnels, services, connections } = status;
  const whole = countNouns({
    link: links.length,
    path: paths.length,
    tunnel: tunnels.length,
    service: services.length,
    connection: connections.length,
  });
  const head = [
    ...verdictLines(status.findings, whole),
    `vertex ${status.vertex} of cluster ${status.cluster}`,
    status.principal ?? "principal not known yet",
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    `${status.engine.name} QUIC engine: ${status.engine.reason}`,
    ...pressureLines(status.pressure),
    ...tellingLines(status),
    ...(status.accessLog === null ? [] : [accessLine(status.accessLog)]),
    ...(status.otlpTraces === null ? [] : [spanLine(status.otlpTraces)]),
    ...(status.revocation === null ? [] : revocationLines(status.revocation)),
    ...configLines(status.config),
    ...(status.overlay === null ? [] : [overlayLine(status.overlay)]),
  ].join("\n");
  const tables = [
    leftOutTable(status, width),
    portalTable(status, width),
    linkTable(status, width),
    incomingTable(status, width),
    transitTable(status, width),
    permitTable(status, width),
    pathTable(status, width),
    routeTable(status, width),
    switchTable(status, width),
    tunnelTable(status, width),
    usedUpTable(status, width),
    sessionSocketTable(status, width),
    sessionServiceTable(status, width),
    sessionTable(status, width),
    serviceTable(status, width),
    datagramTable(status, width),
    connectionTable(status, width),
    identityTable(status, width),
    certificateTable(status, width),
    violationTable(status, width),
    dropTable(status, width),
  ];
  return [`${head}\n`, ...tables.filter((table) => table !== "")].join("\n");
}

function accessLine({ file, records, lost }: AccessLogStatus): string {
  return `access records in ${file}: ${records}, and ${lost} lost`;
}

function spanLine({ endpoint, spans, lost }: OtlpTracesStatus): string {
  return `spans sent to ${endpoint}: ${spans}, and ${lost} lost`;
}

function overlayLine({ generation, agent, ageMs, heardMs, paths, leads, pinned }: OverlayStatus): string {
  const heard = heardMs === null ? "no agent has spoken at the door yet" : `heard ${formatDuration(heardMs)} ago`;
  if (agent === null) return `no overlay; ${heard}`;
  const age = ageMs === null ? "kept from an earlier life" : `set ${formatDuration(ageMs)} ago`;
  const parts = countNouns({ path: paths, lead: leads, "pinned principal": pinned }) || "nothing";
  return `overlay ${generation}, ${age} by agent ${agent.id}: ${parts}; ${heard}`;
}

function leftOutTable({ overlay }: ClusterStatus, width: number): string {
  const rows = (overlay?.leftOut ?? []).map(({ what, why }) => [what, why]);
  return formatTable("left out of the overlay", ["PART", "REASON"], rows, width);
}

function portalTable({ portals }: ClusterStatus, width: number): string {
  const rows = portals.map((portal) => [
    portal.name,
    portal.state,
    formatDuration(portal.sinceMs),
    portal.connect,
    portalReason(portal),
  ]);
  return formatTable("portals", ["NAME", "STATE", "FOR", "LINK VERTEX", "REASON"], rows, width);
}

function portalReason({ state, code, text, connect }: PortalStatus): string {
  if (code !== "") return `${code}: ${text}`;
  if (text !== "") return text;
  return state === "waiting" ? `nothing answers on ${connect}` : "";
}

function linkTable({ links }: ClusterStatus, width: number): string {
  const header = ["NAME", "PEER", "STATE", "FOR", "RTT", "LOSS", "OUT", "IN", "MTU", "ROLE"];
  const rows = links.map((link) => [
    link.name,
    link.tag === "0" ? link.peer : `${link.peer}/${link.tag}`,
    link.isCongested ? `${link.state}, full for ${link.congestedClasses.join(" ")}` : link.state,
    formatDuration(link.sinceMs),
    ...measured(link),
    linkSize(link),
    link.role,
    traffic(link.packetsSent, link.bytesSent),
    traffic(link.packetsReceived, link.bytesReceived),
    String(link.packetsDropped),
    linkReason(link),
  ]);
  return formatTable("links", [...header, "SENT", "RECEIVED", "DROPPED", "REASON"], rows, width);
}

/** Round trip, losses and rates of the last ten seconds, as the link vertex reports them. */
function measured({ figures }: LinkStatusRow): string[] {
  if (figures === null) return ["-", "-", "-", "-"];
  const { rttMs, lossRatio, sentBitsPerSecond, receivedBitsPerSecond } = figures;
  const loss = lossRatio === null ? "-" : `${(lossRatio * 100).toFixed(1)} %`;
  return [`${rttMs.toFixed(1)} ms`, loss, formatRate(sentBitsPerSecond), formatRate(receivedBitsPerSecond)];
}

/** In-links whose packets were dropped. */
function incomingTable({ forwarding }: ClusterStatus, width: number): string {
  const rows = forwarding.links
    .filter(({ drops }) => Object.values(drops).some((count) => count > 0))
    .map(({ name, packetsForwarded, packetsDelivered, labelsGuessed, drops }) => [
      name,
      String(packetsForwarded),
      String(packetsDelivered),
      String(labelsGuessed),
      formatCounts(Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0))),
    ]);
  return formatTable("packets from links", ["LINK", "FORWARDED", "DELIVERED", "GUESSES", "DROPPED"], rows, width);
}

function transitTable({ forwarding }: ClusterStatus, width: number): string {
  const rows = forwarding.transit.map(({ inLink, outLink, packets, packetsDropped }) => [
    inLink,
    outLink,
    String(packets),
    String(packetsDropped),
  ]);
  return formatTable("transit", ["FROM", "TO", "PACKETS", "ABOVE LIMIT"], rows, width);
}

function permitTable({ forwarding }: ClusterStatus, width: number): string {
  const rows = forwarding.permits.flatMap(({ inLink, outLink, share, classes }) =>
    Object.entries(classes).map(([name, { packets, bytes, denied }]) => [
      inLink,
      outLink,
      share === 0 ? "-" : String(share),
      name,
      String(packets),
      String(bytes),
      String(denied),
    ]),
  );
  return formatTable("permits", ["FROM", "TO", "SHARE", "CLASS", "PACKETS", "BYTES", "DENIED"], rows, width);
}

function linkSize({ mtu, preferredMtu }: LinkStatusRow): string {
  if (mtu === 0) return "-";
  return preferredMtu < mtu ? `${preferredMtu} of ${mtu}` : String(mtu);
}

function linkReason(link: LinkStatusRow): string {
  if (link.isNeverContacted) return "never contacted: is the other end an originator?";
  return link.code === "" ? link.text : `${link.code}: ${link.text}`;
}

function pathTable({ paths }: ClusterStatus, width: number): string {
  const rows = paths.map((path) => [
    path.name,
    path.link ?? "(here)",
    path.labels.join(" "),
    `${path.mtu}, ${path.mtuOrigin}`,
    path.isUsable ? "up" : "down",
    path.isReachable === null ? "-" : path.isReachable ? "yes" : "no",
    path.heardMs === null ? "never" : `${formatDuration(path.heardMs)} ago`,
  ]);
  return formatTable("paths", ["NAME", "FIRST LINK", "LABELS", "MTU", "LINK", "REACHABLE", "HEARD"], rows, width);
}

function routeTable({ paths }: ClusterStatus, width: number): string {
  const rows = paths.flatMap(({ name, routes }) =>
    routes.map(({ name: route, link, labels, inUse, failure, failedMs }) => [
      name,
      route,
      link,
      labels.join(" "),
      failure === null ? "good" : `${failure} ${formatDuration(failedMs ?? 0)} ago`,
      inUse.join(", ") || "-",
    ]),
  );
  return formatTable("routes", ["PATH", "ROUTE", "FIRST LINK", "LABELS", "STATE", "IN USE BY"], rows, width);
}

function switchTable({ paths }: ClusterStatus, width: number): string {
  const rows = paths.flatMap(({ name, switches }) =>
    switches.map(({ reason, switches: count, lastMs, meanMs, longestMs }) => [
      name,
      reason,
      String(count),
      ...[lastMs, meanMs, longestMs].map((ms) => `${Math.round(ms)} ms`),
    ]),
  );
  return formatTable("switches of routes", ["PATH", "REASON", "COUNT", "LAST", "MEAN", "LONGEST"], rows, width);
}

function tunnelTable({ tunnels }: ClusterStatus, width: number): string {
  const rows = tunnels.map((tunnel) => [
    tunnel.listen,
    tunnel.as,
    tunnel.service,
    tunnel.path,
    tunnel.class,
    `${tunnel.isListening ? "yes" : "no"}${tunnel.text === "" ? "" : `: ${tunnel.text}`}`,
    ...streams(tunnel.connections),
  ]);
  const header = ["LISTEN", "AS", "SERVICE", "PATH", "CLASS", "LISTENING", "OPEN", "TOTAL", "REFUSED", "CUT"];
  return formatTable("tunnels", header, rows, width);
}

/** Tunnels and services of sessions whose workloads had to wait for room for their streams. */
function usedUpTable({ tunnels, sessions }: ClusterStatus, width: number): string {
  const ends = [
    ...tunnels.map(({ listen, ...rooms }) => ({ name: listen, ...rooms })),
    ...sessions.flatMap(({ listen, services }) =>
      services.map(({ name, ...rooms }) => ({ ...rooms, name: `${listen} ${name}` })),
    ),
  ];
  const rows = ends
    .filter(({ streamsUsedUp }) => streamsUsedUp > 0)
    .map(({ name, connectionsBeside, streamsUsedUp }) => [name, String(streamsUsedUp), String(connectionsBeside)]);
  return formatTable("streams that were used up", ["FOR", "TIMES", "BESIDE THE FIRST"], rows, width);
}

function sessionSocketTable({ sessions }: ClusterStatus, width: number): string {
  const rows = sessions.map(({ listen, as, isListening, text, open, total, refused, ended }) => [
    listen,
    as,
    `${isListening ? "yes" : "no"}${text === "" ? "" : `: ${text}`}`,
    String(open),
    String(total),
    formatCounts(refused),
    formatCounts(ended),
  ]);
  return formatTable(
    "sockets of data sessions",
    ["LISTEN", "AS", "LISTENING", "OPEN", "TOTAL", "REFUSED", "ENDED"],
    rows,
    width,
  );
}

function sessionServiceTable({ sessions }: ClusterStatus, width: number): string {
  const rows = sessions.flatMap(({ listen, services }) =>
    services.map(({ name, service, path, connections }) => [listen, name, service, path, ...streams(connections)]),
  );
  const header = ["SOCKET", "NAME", "SERVICE", "PATH", "OPEN", "TOTAL", "REFUSED", "CUT"];
  return formatTable("services of data sessions", header, rows, width);
}

function sessionTable({ sessions }: ClusterStatus, width: number): string {
  const rows = sessions.flatMap(({ listen, sessions: open }) =>
    open.map(({ pid, uid, name, streamsOpen, bytesHeld }) => {
      return [listen, String(pid), String(uid), name, String(streamsOpen), formatBytes(bytesHeld)];
    }),
  );
  return formatTable("data sessions", ["SOCKET", "PROCESS", "USER", "NAME", "STREAMS", "HELD"], rows, width);
}

function serviceTable({ services }: ClusterStatus, width: number): string {
  const rows = services.map((service) => [
    service.name,
    [service.label, service.secondLabel].filter((label) => label !== null).join(" "),
    service.target,
    service.allow.join(" "),
    ...streams(service.connections),
    formatCounts(service.handshakes),
    service.health?.state ?? "-",
    [service.text, service.health?.text ?? ""].filter((text) => text !== "").join("; "),
  ]);
  const header = [
    "NAME",
    "LABEL",
    "TARGET",
    "ALLOWED",
    "OPEN",
    "TOTAL",
    "REFUSED",
    "CUT",
    "HANDSHAKES",
    "HEALTH",
    "REASON",
  ];
  return formatTable("services", header, rows, width);
}

function datagramTable({ tunnels, sessions, services }: ClusterStatus, width: number): string {
  const ends = [
    ...tunnels.map(({ listen, datagrams }) => ({ end: "tunnel", name: listen, datagrams })),
    ...sessions.flatMap(({ listen, services: own }) =>
      own.map(({ name, datagrams }) => ({ end: "session", name: `${listen} ${name}`, datagrams })),
    ),
    ...services.map(({ name, datagrams }) => ({ end: "service", name, datagrams })),
  ];
  const rows = ends.flatMap(({ end, name, datagrams }) => {
    if (datagrams === null) return [];
    const { sent, received, ended, drops } = datagrams;
    const traffic = [sent, received].flatMap((each) => [String(each.datagrams), formatBytes(each.bytes)]);
    return [[end, name, ...traffic, formatCounts(ended), formatCounts(drops)]];
  });
  const header = ["END", "NAME", "SENT", "BYTES", "RECEIVED", "BYTES", "ENDED", "DROPPED"];
  return formatTable("datagrams", header, rows, width);
}

function connectionTable({ connections }: ClusterStatus, width: number): string {
  const rows = connections.map((connection) => [
    connection.id,
    connection.state,
    connection.peer ?? "-",
    connection.service,
    `${formatDuration(connection.lastHeardMs)} ago`,
    connection.path,
    connection.direction,
    connection.class,
    String(connection.streamsOpen),
    connection.rttMs === null ? "-" : `${connection.rttMs.toFixed(1)} ms`,
    formatBytes(connection.bytesSent),
    formatBytes(connection.bytesReceived),
    formatDuration(connection.ageMs),
    connection.peerValidUntil ?? "-",
  ]);
  const header = ["ID", "STATE", "PEER", "SERVICE", "HEARD", "PATH", "DIRECTION", "CLASS", "STREAMS", "RTT"];
  return formatTable("connections", [...header, "SENT", "RECEIVED", "AGE", "CERTIFICATE ENDS"], rows, width);
}

function identityTable({ certificates }: ClusterStatus, width: number): string {
  const rows = certificates.map(({ principal, state, notAfter, file, refused }) => {
    const refusal = refused === null ? "" : `at ${refused.at}, ${refused.code}: ${refused.text}`;
    return [principal, state, notAfter, file, refusal];
  });
  return formatTable("identities", ["PRINCIPAL", "STATE", "ENDS", "FILE", "RELOAD REFUSED"], rows, width);
}

function certificateTable({ certificates }: ClusterStatus, width: number): string {
  return formatTable("certificates", CERTIFICATE_COLUMNS, certificateRows(certificates), width);
}

/** The table of violations, without causes that never happened. */
function violationTable({ violations }: ClusterStatus, width: number): string {
  const rows = Object.entries(violations)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => [cause, String(count)]);
  return formatTable("closed for what their peers did", ["CAUSE", "CONNECTIONS"], rows, width);
}

/** The table of drops, without causes that never happened. */
function dropTable({ drops }: ClusterStatus, width: number): string {
  const rooms: readonly (readonly [string, Counts])[] = [
    ["forwarding", drops.forwarding],
    ["transport", drops.transport],
    ["florio", drops.florio],
  ];
  const rows = rooms.flatMap(([room, counts]) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([cause, count]) => [room, cause, String(count)]),
  );
  return formatTable("dropped packets", ["BY", "CAUSE", "COUNT"], rows, width);
}

function traffic(packets: number, bytes: number): string {
  return `${packets} (${formatBytes(bytes)})`;
}

function streams({ open, total, refused, cut }: StreamCounts): string[] {
  return [String(open), String(total), formatCounts(refused), formatCounts(cut)];
}
