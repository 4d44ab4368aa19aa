/** Figures of a mesh as tables of the console. */
import { type PictureTable, type Trend, trendCell } from "@florenetes/console";
import { formatRate } from "@florenetes/process-kit";
import type { ProgramAnswer } from "../mesh-status/node-facts.ts";
import type { PressureFacts, SwitchFacts } from "../mesh-status/node-load.ts";
import { isTold } from "../mesh-status/node-rows.ts";
import type { Figure, LinkFigures, MeshFigures, NodeFigures } from "./mesh-figures.ts";

/** The number of tables of figures. */
export const FIGURE_TABLES = 3;

/** Words of the column `STATE` of these tables that are good. */
export const NOMINAL = "nominal";

type Row = readonly (string | Trend)[];

/** @param now monotonic milliseconds */
export function figureTables({ nodes }: MeshFigures, now: number): readonly PictureTable[] {
  const all = [...nodes];
  return [
    {
      title: "load of nodes, with the last ten minutes",
      header: NODE_HEADER,
      rows: all.map(([node, figures]) => nodeRow(node, figures, now)),
    },
    {
      title: "load of links, by each end, with the last ten minutes",
      header: LINK_HEADER,
      rows: all.flatMap(([node, { links }]) => [...links].map(([link, figures]) => linkRow(node, link, figures, now))),
    },
    {
      title: "switches of routes, and how long they took",
      header: SWITCH_HEADER,
      rows: all.flatMap(([node, figures]) => switchesOf(figures).map((each) => switchRow(node, each))),
    },
  ];
}

const NODE_HEADER = [
  "NODE",
  "STATE",
  "STREAMS",
  "NEW",
  "REFUSED",
  "DROPPED BY CLUSTER-FLOR",
  "DROPPED BY LINK-FLOR",
  "PRESSURE OF CLUSTER-FLOR",
  "PRESSURE OF LINK-FLOR",
  "ACTION",
];
const LINK_HEADER = ["NODE", "LINK", "OUT", "IN", "QUEUE", "DROPPED"];
const SWITCH_HEADER = ["NODE", "PATH", "REASON", "COUNT", "LAST TOOK", "MEAN", "LONGEST"];

function nodeRow(node: string, figures: NodeFigures, now: number): Row {
  const { open, begun, refused, clusterDrops, linkDrops, clusterPressure, linkPressure } = figures;
  const programs = [
    ["cluster-flor", figures.clusterFlor],
    ["link-flor", figures.linkFlor],
  ] as const;
  const percent = (value: number): string => `${Math.round(value)} %`;
  return [
    node,
    stateOf(programs.map(([, answer]) => answer)),
    trend(open, now, String),
    trend(begun, now, perSecond),
    trend(refused, now, perSecond),
    trend(clusterDrops, now, perSecond),
    trend(linkDrops, now, perSecond),
    trend(clusterPressure, now, percent),
    trend(linkPressure, now, percent),
    programs.flatMap(([program, answer]) => wordsOf(program, answer)).join("; "),
  ];
}

type Answer = ProgramAnswer<{ readonly load: { readonly pressure: PressureFacts } | null }>;

/** The worst level of pressure, or that not all figures are there. */
function stateOf(answers: readonly Answer[]): string {
  const levels = answers.flatMap((answer) => {
    if (answer === undefined) return [];
    return [isTold(answer) && answer.status.load !== null ? answer.status.load.pressure.level : UNKNOWN];
  });
  return (
    levels.find((level) => level === UNKNOWN) ?? levels.find((level) => level !== NOMINAL)?.toUpperCase() ?? NOMINAL
  );
}

const UNKNOWN = "UNKNOWN";

/** The action that a program under pressure asks for, or why it has no figures. */
function wordsOf(program: string, answer: Answer): readonly string[] {
  if (answer === undefined) return [];
  if (!isTold(answer)) return [`no figures of ${program}: ${answer.silence}`];
  if (answer.status.load === null)
    return [`no figures of ${program}: its status has none that this version of flor reads`];
  const { level, reasons, action } = answer.status.load.pressure;
  return level === NOMINAL ? [] : [`${program}: ${action} (${level} by ${reasons.join(", ")})`];
}

function linkRow(node: string, link: string, figures: LinkFigures, now: number): Row {
  return [
    node,
    link,
    trend(figures.out, now, formatRate),
    trend(figures.in, now, formatRate),
    trend(figures.queue, now, (packets) => `${packets} packets`),
    trend(figures.dropped, now, perSecond),
  ];
}

function switchesOf({ clusterFlor }: NodeFigures): readonly SwitchFacts[] {
  return isTold(clusterFlor) ? (clusterFlor.status.load?.switches ?? []) : [];
}

function switchRow(node: string, { path, reason, count, lastMs, meanMs, longestMs }: SwitchFacts): Row {
  const took = (ms: number): string => `${Math.round(ms)} ms`;
  return [node, path, reason, String(count), took(lastMs), took(meanMs), took(longestMs)];
}

function perSecond(value: number): string {
  return `${value === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)}/s`;
}

/** A figure that was never known has no line. */
function trend({ value, cause, line }: Figure, now: number, format: (value: number) => string): Trend | string {
  const text = value === null ? "-" : `${format(value)}${cause === "" ? "" : ` (most: ${cause})`}`;
  return trendCell(text, line, now, format);
}
