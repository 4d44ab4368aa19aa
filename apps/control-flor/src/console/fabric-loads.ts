/** The last ten minutes of what nodes report of their load, and of what was measured of routes. Pure. */
import { TREND_STEP_MS, TREND_STEPS, TrendLine } from "@florenetes/console";
import type { DatedReport } from "../fabric/dated-reports.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { routeKey } from "../fabric/routes.ts";
import type { ToldLease, ToldMeasured } from "../fabric/told.ts";
import { LINES_MAX } from "./limits.ts";

/** The figures of which lines are kept, of nodes, links and routes. */
type Figure = "cpu" | "memory" | "sockets" | "carried" | "roundTrip" | "loss" | "queue";

/** The octets that a node has carried for others, as its last report tells. */
interface Carried {
  /** When it was reported: milliseconds since 1970. */
  readonly at: number;
  readonly octets: number;
  /** In bit/s; null: there was one report alone, or it counts other permits. */
  readonly rate: number | null;
}

/** Figures of a route, and when they were reported: milliseconds since 1970. */
interface Measured extends ToldMeasured {
  readonly at: number;
}

interface KeptLine {
  readonly line: TrendLine;
  /** When its last value came: monotonic milliseconds. */
  at: number;
}

type Link = Pick<DatedReport["links"][number], "peer" | "tag">;
type Way = Parameters<typeof routeKey>[0];

export class FabricLoads {
  /** By what they are of, and the figure. */
  readonly #lines = new Map<string, KeptLine>();
  readonly #carried = new Map<string, Carried>();
  readonly #measured = new Map<string, Measured>();
  #reports: FabricView["reports"] | undefined;

  /** @param now monotonic milliseconds, which never fall */
  handleView({ reports, leases }: Pick<FabricView, "reports" | "leases">, now: number): void {
    // Reports and leases are asked for together, and less often than all else.
    if (reports === this.#reports) return;
    this.#reports = reports;
    for (const report of reports.values()) this.#handleReport(report, now);
    const ways = new Set<string>();
    for (const lease of leases)
      for (const [place, { via }] of lease.routes.entries()) {
        const key = wayKey(lease, via);
        ways.add(key);
        this.#handleRoute(key, measuredOf(lease, place, reports.get(lease.origin)), now);
      }
    for (const key of this.#measured.keys()) if (!ways.has(key)) this.#measured.delete(key);
    for (const node of this.#carried.keys()) if (!reports.has(node)) this.#carried.delete(node);
    for (const [key, { at }] of this.#lines) if (now - at > TREND_STEPS * TREND_STEP_MS) this.#lines.delete(key);
  }

  /** The rate of the packets that a node carries for others, in bit/s; null: not known. */
  carriedBy(node: string): number | null {
    return this.#carried.get(node)?.rate ?? null;
  }

  /** Undefined: nothing is known of it. */
  measuredOf(way: Way, via: readonly string[]): ToldMeasured | undefined {
    return this.#measured.get(wayKey(way, via));
  }

  nodeLine(node: string, figure: Figure): TrendLine | undefined {
    return this.#lines.get(`${node} ${figure}`)?.line;
  }

  linkLine(node: string, link: Link, figure: Figure): TrendLine | undefined {
    return this.#lines.get(`${linkKey(node, link)} ${figure}`)?.line;
  }

  routeLine(way: Way, via: readonly string[], figure: Figure): TrendLine | undefined {
    return this.#lines.get(`${wayKey(way, via)} ${figure}`)?.line;
  }

  #handleReport({ node, at, load, links, carried }: DatedReport, now: number): void {
    for (const figure of ["cpu", "memory", "sockets"] as const) this.#put(node, figure, load[figure], now);
    const before = this.#carried.get(node);
    if (before?.at !== at) this.#carried.set(node, { at, octets: carried, rate: rateOf(before, at, carried) });
    const { rate } = this.#carried.get(node)!;
    if (rate !== null) this.#put(node, "carried", rate, now);
    for (const link of links) {
      const key = linkKey(node, link);
      this.#put(key, "roundTrip", link.roundTripMs, now);
      this.#put(key, "loss", link.loss, now);
      this.#put(key, "queue", link.queue, now);
    }
  }

  /** A lease that was renewed has another id than the report names, and leads as before. */
  #handleRoute(key: string, told: Partial<Measured>, now: number): void {
    const { at, roundTripMs, loss } = told;
    if (at !== undefined && roundTripMs !== undefined && loss !== undefined)
      this.#measured.set(key, { at, roundTripMs, loss });
    const held = this.#measured.get(key);
    if (held === undefined) return;
    if (held.at !== at) return void this.#measured.delete(key);
    this.#put(key, "roundTrip", held.roundTripMs, now);
    this.#put(key, "loss", held.loss, now);
  }

  /** A report is good until the next one: its figures are those of each moment until then. */
  #put(key: string, figure: Figure, value: number, now: number): void {
    const name = `${key} ${figure}`;
    let kept = this.#lines.get(name);
    if (kept === undefined) {
      if (this.#lines.size >= LINES_MAX) return;
      kept = { line: new TrendLine(), at: now };
      this.#lines.set(name, kept);
    }
    kept.at = now;
    kept.line.put(value, now);
  }
}

function rateOf(before: Carried | undefined, at: number, octets: number): number | null {
  if (before === undefined || at <= before.at || octets < before.octets) return null;
  return (8_000 * (octets - before.octets)) / (at - before.at);
}

/** The figures of a route of a lease, as the last report of its origin has them; without figures where it has none. */
function measuredOf({ id }: ToldLease, place: number, report: DatedReport | undefined): Partial<Measured> {
  if (report === undefined) return {};
  const measured = id === null ? undefined : report.routes.find(({ lease }) => lease === id)?.measured[place];
  return { at: report.at, ...measured };
}

function linkKey(node: string, { peer, tag }: Link): string {
  return `${node} ${peer} ${tag}`;
}

function wayKey(way: Way, via: readonly string[]): string {
  return `${routeKey(way)} ${via.join(" ")}`;
}
