/** The real label table of a simulated vertex, made anew where its links or the pairs that they open are others. */
import type { OverlayTransit } from "@florenetes/fabric-flor/src/agent/door/overlay.ts";
import { LabelTable, TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import type { FleetLink } from "./fleet-link.ts";

export interface TableGrounds {
  readonly links: Iterable<FleetLink>;
  readonly services: readonly { readonly name: string; readonly label: number }[];
  readonly transit: readonly OverlayTransit[];
}

/** The table, and the links by their numbers. */
export interface FleetTable {
  readonly labels: LabelTable;
  readonly links: ReadonlyMap<number, FleetLink>;
}

export function tableOf({ links, services, transit }: TableGrounds): FleetTable {
  const byNumber = new Map([...links].map((link) => [link.number, link]));
  const numbers = new Map([...byNumber].map(([number, { name }]) => [name, number]));
  const opened = new Map<
    string,
    { readonly pair: readonly [number, number]; classes: number; bitsPerSecond: number }
  >();
  for (const { from, to, classes, rate } of transit) {
    const [a, b] = [numbers.get(from), numbers.get(to)];
    if (a === undefined || b === undefined) continue;
    const pair = a < b ? ([a, b] as const) : ([b, a] as const);
    const before = opened.get(pair.join()) ?? { pair, classes: 0, bitsPerSecond: 0 };
    before.classes |= bitsOf(classes);
    before.bitsPerSecond += rate;
    opened.set(pair.join(), before);
  }
  const permits = [...opened.values()].map(({ pair, ...allowance }) => ({ pair, allowance }));
  const none = { transit: [], crossConnects: [], lspEnds: [] };
  return { labels: new LabelTable({ links: byNumber, services, permits, ...none }), links: byNumber };
}

/** A set of classes as allowances have it. */
function bitsOf(classes: readonly TrafficClassName[]): number {
  return classes.reduce((bits, name) => bits | (1 << TrafficClass[name]), 0);
}
