/** The reports that a coordinator holds, and as well the profiles: the newest of each node, until it ends. */
import type { Fact } from "@florenetes/facts";
import { REPORTS_MAX } from "./limits.ts";
import { follows } from "./newest.ts";

interface Held {
  readonly report: Fact;
  /** By the clock of whoever holds it. */
  readonly until: number;
}

export class Reports {
  readonly #byNode = new Map<string, Held>();
  readonly #most: number;

  /** @param most Nodes whose reports are held */
  constructor(most: number = REPORTS_MAX) {
    this.#most = most;
  }

  get size(): number {
    return this.#byNode.size;
  }

  /**
   * Takes a report that the judge has accepted. It is `older` where the node has said something newer, and `full` where reports of other nodes leave no room.
   *
   * @param now When it came. It is held from then on for as long as it lives: the clock of its node may be ahead, or behind
   */
  take(report: Fact, now: number): "taken" | "older" | "full" {
    const { subject, issued, expires } = report;
    const before = this.#byNode.get(subject);
    if (!follows(report, before?.report)) return "older";
    if (before === undefined && this.#byNode.size >= this.#most) return "full";
    this.#byNode.set(subject, { report, until: now + expires - issued });
    return "taken";
  }

  /** The report of a node that is held, whether it has ended or not; undefined: there is none. */
  of(node: string): Fact | undefined {
    return this.#byNode.get(node)?.report;
  }

  /** When that report came, by the clock of whoever holds it; undefined: there is none. */
  cameAt(node: string): number | undefined {
    const { report, until } = this.#byNode.get(node) ?? {};
    return report === undefined ? undefined : until! - (report.expires - report.issued);
  }

  /** Lets go of what has ended. Returns whether something has. */
  expire(now: number): boolean {
    const before = this.#byNode.size;
    for (const [node, { until }] of this.#byNode) if (now >= until) this.#byNode.delete(node);
    return this.#byNode.size < before;
  }

  /** Reports that have not ended, in the order of their nodes' names, however they came. */
  at(now: number): Fact[] {
    const live = [...this.#byNode.values()].filter(({ until }) => now < until).map(({ report }) => report);
    return live.sort((a, b) => compareNames(a.subject, b.subject));
  }
}

/** The order of names, the same in every locale. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
