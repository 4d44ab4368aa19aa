/** The load of a fabric, as its nodes report it, beside its nodes and routes. */
import { type ConsolePicture, type PictureTable, type Trend, trendCell, type TrendLine } from "@florenetes/console";
import { formatRate } from "@florenetes/process-kit";
import type { AsOf } from "../api/as-of.ts";
import type { RouteResource } from "../fabric/resources.ts";
import type { Sight } from "../fabric/sight.ts";
import type { FabricLoads } from "./fabric-loads.ts";
import { FABRIC_TABLES, fabricPicture } from "./fabric-picture.ts";

/** The number of tables of a picture with its load. */
export const CONSOLE_TABLES: number = FABRIC_TABLES + 3;

type Row = readonly (string | Trend)[];

const REPORTED = "reported";
const UNKNOWN = "UNKNOWN";

/** @param now monotonic milliseconds */
export function loadedPicture(sight: Sight, asOf: AsOf, loads: FabricLoads, now: number): ConsolePicture {
  const picture = fabricPicture(sight, asOf);
  const [nodes, services, routes, ...others] = picture.tables as readonly PictureTable[];
  const tables = [nodes!, nodeTable(sight, loads, now), linkTable(sight, loads, now), services!, routes!];
  return {
    ...picture,
    tables: [...tables, routeTable(sight, loads, now), ...others],
    isGoodState: (state) => state === REPORTED || picture.isGoodState(state),
  };
}

const percent = (value: number): string => `${Math.round(value)} %`;
const share = (value: number): string => `${value === 0 ? 0 : (100 * value).toFixed(1)} %`;
const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;

function nodeTable({ nodes, view }: Sight, loads: FabricLoads, now: number): PictureTable {
  const rows = nodes.map(({ name, health }): Row => {
    if (health === null) return [name, UNKNOWN, "", "", "", "", "", whyUnknown(view.node, view.reports.size)];
    const { cpu, memory, sockets } = health.load;
    const carried = loads.carriedBy(name);
    return [
      name,
      REPORTED,
      cell(cpu, loads.nodeLine(name, "cpu"), now, percent),
      cell(memory, loads.nodeLine(name, "memory"), now, percent),
      cell(sockets, loads.nodeLine(name, "sockets"), now, percent),
      carried === null ? "-" : cell(carried, loads.nodeLine(name, "carried"), now, formatRate),
      health.reported.slice(0, "2026-01-01T00:00:00".length).replace("T", " "),
      "",
    ];
  });
  return {
    title: "load of nodes, with the last ten minutes",
    header: ["NODE", "STATE", "CPU", "MEMORY", "SOCKETS", "CARRIED FOR OTHERS", "REPORTED", "REASON"],
    note: "Streams, refusals, drops and pressure are UNKNOWN here, as nodes do not report them: cluster-flor status has them on each node, and flor console for the nodes of a mesh file.",
    rows,
  };
}

function linkTable({ nodes, view }: Sight, loads: FabricLoads, now: number): PictureTable {
  const rows = nodes.flatMap(({ name, health }): readonly Row[] => {
    // A reader is told of links to nodes that it sees, and of no others.
    const peers = new Set(health?.links.map(({ peer }) => peer));
    const links = view.reports.get(name)?.links.filter(({ peer }) => peers.has(peer)) ?? [];
    return links.map((link) => [
      name,
      link.tag === "0" ? link.peer : `${link.peer}, ${link.tag}`,
      cell(link.roundTripMs, loads.linkLine(name, link, "roundTrip"), now, milliseconds),
      cell(link.loss, loads.linkLine(name, link, "loss"), now, share),
      cell(link.queue, loads.linkLine(name, link, "queue"), now, share),
    ]);
  });
  return {
    title: "load of links, by each end, with the last ten minutes",
    header: ["NODE", "LINK", "ROUND TRIP", "LOSS", "QUEUE"],
    note: "How much passes over a link is UNKNOWN here, as nodes do not report it.",
    rows,
  };
}

function routeTable({ routes, nodes, view }: Sight, loads: FabricLoads, now: number): PictureTable {
  const reporting = new Set(nodes.flatMap(({ name, health }) => (health === null ? [] : [name])));
  const rowOf = (route: RouteResource, via: readonly string[]): Row => {
    const about = [route.service, route.host, via.join(" > ")];
    const measured = loads.measuredOf(route, via);
    if (measured === undefined) {
      const why = reporting.has(route.origin)
        ? "its origin has reported no figures of it"
        : whyUnknown(view.node, view.reports.size);
      return [route.origin, UNKNOWN, ...about, "", "", why];
    }
    return [
      route.origin,
      REPORTED,
      ...about,
      cell(measured.roundTripMs, loads.routeLine(route, via, "roundTrip"), now, milliseconds),
      cell(measured.loss, loads.routeLine(route, via, "loss"), now, share),
      "",
    ];
  };
  return {
    title: "load of routes, with the last ten minutes",
    header: ["FROM", "STATE", "TO", "AT", "OVER", "ROUND TRIP", "LOSS", "REASON"],
    note: `Connections that went over to another route are those of ${view.node}: what other nodes have switched is UNKNOWN here, as they do not report it.`,
    rows: routes.flatMap((route) => route.routes.map(({ via }) => rowOf(route, via))),
  };
}

function whyUnknown(node: string, reports: number): string {
  return reports === 0
    ? `no reports come to ${node}: it coordinates no partition, or nobody has reported yet`
    : `no report of it has come to ${node}, or it is another organization's`;
}

function cell(
  value: number,
  line: TrendLine | undefined,
  now: number,
  format: (value: number) => string,
): string | Trend {
  return line === undefined ? format(value) : trendCell(format(value), line, now, format);
}
