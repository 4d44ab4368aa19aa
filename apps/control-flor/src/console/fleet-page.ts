/** The fleet as a page of the console: how nodes are, by partition and organization, and by role below. */
import { type Bar, type PageLink, type PageTable, tablePageOf } from "@florenetes/console";
import type { Page } from "../api/pages.ts";
import type { FleetResource, FleetTally } from "../fabric/fleet-resource.ts";
import { linkTo } from "./page-links.ts";

export interface FleetPageOptions {
  readonly cluster: string;
  readonly page: Page<FleetResource>;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const COUNTS = ["NODES HEARD", "SILENT", "UNWELL", "WHY", "CPU", "LINKS", "ROUND TRIP", "LOSS"];

export function fleetPage({ cluster, page: { items, next }, newer, kept, told }: FleetPageOptions): string {
  const at = (text: string, after: string): PageLink => linkTo(text, "fleet", kept, after === "" ? {} : { after });
  const whole = items.filter(({ organization }) => organization === null);
  return tablePageOf({
    cluster,
    title: "fleet",
    lines: [
      `${items.length === 0 ? "No observer has told anything that you may see" : "How nodes are, as observers have added up what these report"}, ${told}.`,
      ...whole.map(
        (each) => `${each.partition}: ${voicesOf(each)}. Versions: ${countsText(versionsOf(each)) || "not told"}.`,
      ),
      "Silent are nodes of which no report came for three of their periods. Round trips and losses are means over links.",
    ],
    header: ["PARTITION", "ORGANIZATION", ...COUNTS],
    rows: items.map((each) => [each.partition, each.organization ?? "(all)", ...cellsOf(each.all)]),
    further: whole.map(roleTable),
    links: [
      { text: "console", href: "./" },
      ...(newer === undefined ? [] : [at("before", newer)]),
      ...(next === null ? [] : [at("after", next)]),
    ],
  });
}

function voicesOf({ by, observers }: FleetResource): string {
  const { at = "", since = "" } = observers.find(({ observer }) => observer === by) ?? {};
  const others = observers.flatMap(({ observer }) => (observer === by ? [] : [observer]));
  return `${by} says so, at ${at}, and listens since ${since}; ${others.length === 0 ? "no other observer is heard" : `so do ${others.join(", ")}`}`;
}

function roleTable({ partition, roles, none, other }: FleetResource): PageTable {
  const named = [...Object.entries(roles), ["(no role)", none] as const, ["(others)", other] as const];
  const rows = named
    .filter(([, tally]) => Object.values(tally.nodes).some((nodes) => nodes > 0))
    .map(([role, tally]) => [role, ...cellsOf(tally)]);
  return { title: `${partition}, by role: a node stands in each of its roles`, header: ["ROLE", ...COUNTS], rows };
}

function cellsOf({ nodes, findings, measures }: FleetTally): readonly (string | Bar)[] {
  const [heard, silent, unwell] = ["heard", "silent", "unwell"].map((what) => nodes[what] ?? 0) as [
    number,
    number,
    number,
  ];
  const mean = (of: string): number | undefined => {
    const { count = 0, sum = 0 } = measures[of] ?? {};
    return count === 0 ? undefined : sum / count;
  };
  const [cpu, links, roundTrip, loss] = ["cpu", "links", "round-trip", "loss"].map(mean);
  return [
    { text: `${heard} of ${heard + silent}`, used: heard, most: heard + silent },
    String(silent),
    String(unwell),
    countsText(findings),
    cpu === undefined ? "" : `${Math.round(cpu)} %`,
    links === undefined ? "" : links.toFixed(1),
    roundTrip === undefined ? "" : `${(roundTrip / MICROS).toFixed(1)} ms`,
    loss === undefined ? "" : `${(loss / PER_CENT).toFixed(2)} %`,
  ];
}

/** Microseconds of a millisecond, and millionths of a percent. */
const MICROS = 1_000;
const PER_CENT = 10_000;

function versionsOf({ versions, otherVersions }: FleetResource): Readonly<Record<string, number>> {
  return otherVersions === 0 ? versions : { ...versions, "(others)": otherVersions };
}

/** The most first. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return sorted.map(([name, value]) => `${name} ${value}`).join(", ");
}
