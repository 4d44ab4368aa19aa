import { formatTable } from "@florenetes/process-kit";
import type { ToldLink } from "../trace/told-vertex.ts";
import type { TraceHop, TraceReport } from "../trace/trace-report.ts";
import { formatDuration } from "@florenetes/operator-text";

/** `cluster-flor trace` for people: a line for each hop, and the outcome. */
export function renderTrace(report: TraceReport): string {
  const { firstLink, vertex, path, hops, text } = report;
  const header = ["HOP", "LABEL", "VERTEX", "PROOF", "LOSS", "RTT", "CLOCK", "LINK BEHIND IT", "SIZE", "LARGE"];
  const start = [
    "0",
    "-",
    vertex,
    "-",
    "-",
    "-",
    "-",
    firstLink === null ? "-" : linkText(firstLink),
    sizeText(firstLink),
    "-",
  ];
  const table = formatTable(`path ${path}`, header, [start, ...hops.map(hopRow)]);
  return `${table}\n${[...unverifiedLines(hops), text].join("\n")}\n`;
}

/** Why signatures could not be judged, each reason once. */
function unverifiedLines(hops: readonly TraceHop[]): Set<string> {
  const unverified = hops.filter(({ proof, proofText }) => proof === "unverified" && proofText !== "");
  return new Set(unverified.map(({ proofText }) => `unverified: ${proofText}`));
}

/** `cluster-flor ping` for people. */
export function renderPing({ hops, text }: TraceReport): string {
  const last = hops.at(-1);
  const count = last === undefined ? "" : `${last.received} of ${last.sent} answers, ${rttText(last)}\n`;
  return `${count}${text}\n`;
}

function hopRow(hop: TraceHop): string[] {
  const { told, label, proof, clockMs, large } = hop;
  const link = told?.outLink;
  return [
    String(hop.hop),
    String(label),
    told === null ? "?" : told.vertex,
    told === null && proof !== "forged" ? "-" : proof,
    `${hop.sent - hop.received} of ${hop.sent}`,
    rttText(hop),
    clockMs === null ? "-" : `${clockMs > 0 ? "+" : ""}${clockMs.toFixed(1)} ms`,
    link === undefined ? endText(hop) : linkText(link),
    sizeText(link ?? null),
    large === null ? "-" : `${large.received} of ${large.sent}, ${large.size} bytes`,
  ];
}

function endText({ told }: TraceHop): string {
  if (told === null || told.meaning === "untold") return "-";
  return told.meaning === "service" ? `service ${told.service}` : told.meaning;
}

function linkText({ peer, isUp, sinceMs }: ToldLink): string {
  return `${peer}, ${isUp ? "up" : "down"} ${formatDuration(sinceMs)}`;
}

function sizeText(link: ToldLink | null): string {
  if (link === null || link.mtu === 0) return "-";
  return link.preferredMtu < link.mtu ? `${link.preferredMtu} of ${link.mtu}` : String(link.mtu);
}

function rttText({ rttMs }: TraceHop): string {
  return rttMs === null ? "-" : `${rttMs.min.toFixed(1)} / ${rttMs.mean.toFixed(1)} / ${rttMs.max.toFixed(1)} ms`;
}
