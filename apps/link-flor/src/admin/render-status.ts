import { CERTIFICATE_COLUMNS, certificateRows, revocationLines } from "@florenetes/identity";
import {
  configLines,
  countNouns,
  formatBytes,
  formatCounts,
  formatTable,
  pressureLines,
  tellingLines,
  verdictLines,
} from "@florenetes/process-kit";
import type { LinkStatusRow } from "../link-protocol.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";
import type { DownCluster } from "../clusters/down-cluster.ts";
import type { LinkFlorStatus } from "./link-status.ts";
import { formatDuration } from "@florenetes/operator-text";

/** Renders `link-flor status` for people: first whether all is well, then each cluster. Tables are laid out for `width` columns. */
export function renderLinkFlorStatus(status: LinkFlorStatus, width: number): string {
  const { clusters } = status;
  const whole = countNouns({ cluster: clusters.length, link: clusters.flatMap(({ links }) => links).length });
  const head = [
    ...verdictLines(status.findings, whole),
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    `${status.engine.name} QUIC engine: ${status.engine.reason}`,
    ...configLines(status.config),
    ...pressureLines(status.pressure),
    ...tellingLines(status),
    "",
  ].join("\n");
  const violations = formatCounts(status.violations);
  return [
    head,
    ...(violations === "-" ? [] : [`violations: ${violations}\n`]),
    ...status.down.map(renderDown),
    ...clusters.map((cluster) => renderCluster(cluster, width)),
  ].join("\n");
}

function renderDown({ cluster, code, text, sinceMs, retryInMs }: DownCluster): string {
  const again = `tried again in ${formatDuration(retryInMs)}`;
  return `cluster ${cluster} is DOWN for ${formatDuration(sinceMs)}, ${again}\n  ${code}: ${text}\n`;
}

function renderCluster(cluster: ClusterPortalStatus, width: number): string {
  const { portal, certificate, handshakes, attempts, udp } = cluster;
  const reason = portal.code === "" ? portal.text : `${portal.code}: ${portal.text}`;
  const waiting = portal.state === "waiting" ? `nothing answers on ${portal.connect}` : "";
  const warning = certificate.state === "valid" ? "" : `: ${certificate.state.toUpperCase()}`;
  const lines = [
    `cluster ${cluster.cluster}`,
    `  ${cluster.principal} on ${cluster.listen}, certificate ends ${certificate.notAfter} (${certificate.file})${warning}`,
    ...(certificate.refused === null ? [] : [`  the identity on disk was refused: ${refusalOf(certificate.refused)}`]),
    ...revocationLines(cluster.revocation).map((line) => `  ${line}`),
    `  cluster vertex ${portal.state} for ${formatDuration(portal.sinceMs)}${withDash(reason === "" ? waiting : reason)}`,
    `  handshakes: ${formatCounts(handshakes)}`,
    ...(attempts.waiting === 0
      ? []
      : [`  attempts: ${attempts.underWay}; ${attempts.waiting} links wait for their turn`]),
    `  udp: ${formatCounts(udp)}`,
    `  florio: ${formatCounts(portal.florio)}`,
    "",
  ];
  const inner = width - 2;
  const certificates = formatTable("certificates", CERTIFICATE_COLUMNS, certificateRows([certificate]), inner);
  const tables = [linkTable(cluster, inner), certificates].filter((table) => table !== "");
  return [...lines, ...tables.map((table) => table.replaceAll(/^(?=.)/gm, "  "))].join("\n");
}

function linkTable({ links }: ClusterPortalStatus, width: number): string {
  const header = ["PEER", "STATE", "FOR", "HEARD", "RTT", "LOST", "MTU", "ROLE", "ECN", "QUEUE", "QUIET"];
  const rows = links.map((link) => [
    link.tag === "0" ? link.peer : `${link.peer}/${link.tag}`,
    link.state,
    formatDuration(link.sinceMs),
    link.lastHeardMs === null ? "never" : `${formatDuration(link.lastHeardMs)} ago`,
    link.rttMs === null ? "-" : `${link.rttMs.toFixed(1)} ms`,
    String(link.packetsLost),
    mtuOf(link),
    link.role,
    ecnOf(link),
    String(link.queueLength),
    link.quietMs === 0 ? "-" : formatDuration(link.quietMs),
    `${link.packetsSent} (${formatBytes(link.bytesSent)})`,
    `${link.packetsReceived} (${formatBytes(link.bytesReceived)})`,
    String(link.attempts),
    link.peerAddress ?? "-",
    link.peerValidUntil ?? "-",
    formatCounts(link.drops),
    link.code === "" ? link.text : `${link.code}: ${link.text}`,
  ]);
  return formatTable(
    "links",
    [...header, "SENT", "RECEIVED", "ATTEMPTS", "ADDRESS", "CERTIFICATE ENDS", "DROPPED", "REASON"],
    rows,
    width,
  );
}

function mtuOf({ mtu, preferredMtu }: LinkStatusRow): string {
  if (mtu === 0) return "-";
  return preferredMtu === mtu ? String(mtu) : `${mtu}, better ${preferredMtu}`;
}

function ecnOf({ isEcnOn, ceReceived }: LinkStatusRow): string {
  return [...(isEcnOn ? ["on"] : []), ...(ceReceived > 0 ? [`${ceReceived} CE`] : [])].join(", ") || "-";
}

function refusalOf({ code, text, at }: NonNullable<ClusterPortalStatus["certificate"]["refused"]>): string {
  return `${code}: ${text} (at ${at}; the one in use stays)`;
}

function withDash(text: string): string {
  return text === "" ? "" : ` - ${text}`;
}
