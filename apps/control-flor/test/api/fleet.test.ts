/** The fleet at the API and the console: each reader sees the sums of its own organizations. */
import { expect, test } from "vitest";
import { pageOf } from "../../src/api/pages.ts";
import { fleetPage } from "../../src/console/fleet-page.ts";
import type { FleetResource, FleetTally } from "../../src/fabric/fleet-resource.ts";
import { Sight } from "../../src/fabric/sight.ts";
import { fleetKey, toldFleets } from "../../src/fabric/told-fleet.ts";
import { viewOf } from "../a-fabric.ts";

const AT = "2026-11-29T22:00:00.000Z";
const SINCE = "2026-11-29T21:00:00.000Z";

function tally(heard: number, silent = 0, findings: Readonly<Record<string, number>> = {}): FleetTally {
  const measure = (count: number, sum: number) => ({ unit: "percent", count, sum, bounds: [10], buckets: [0, count] });
  return {
    nodes: { heard, silent, unwell: Object.keys(findings).length, phones: 0, relays: 0 },
    findings,
    measures: heard === 0 ? {} : { cpu: measure(heard, 20 * heard), "round-trip": measure(4, 90_000) },
  };
}

const WHOLE: FleetResource = {
  partition: "north",
  organization: null,
  by: "o1",
  observers: ["o1", "o2"].map((observer) => ({ observer, record: "3f", at: AT, since: SINCE, heard: 4 })),
  all: tally(4, 1, { loss: 1 }),
  roles: { relay: tally(3) },
  none: tally(1),
  other: tally(0),
  versions: { "0.2.0": 3 },
  otherVersions: 1,
};
const ACME: FleetResource = { ...WHOLE, organization: "acme", all: tally(2) };
const GLOBEX: FleetResource = { ...WHOLE, organization: "globex", all: tally(2) };
const view = viewOf({ records: {}, fleet: [WHOLE, ACME, GLOBEX] });

test("sums of all nodes are for those who see all, and no reader sees those of another organization", () => {
  expect(new Sight(view, "all").fleet).toEqual([WHOLE, ACME, GLOBEX]);
  expect(new Sight(view, new Set(["acme"])).fleet).toEqual([ACME]);
  expect(new Sight(view, new Set(["other"])).fleet).toEqual([]);
});

const draw = (items: readonly FleetResource[]): string => {
  const page = pageOf({ items, keyOf: fleetKey, limit: 30, after: undefined });
  return fleetPage({ cluster: "demo", page, newer: undefined, kept: new URLSearchParams(), told: "told by c" });
};

test("a page has partitions and organizations, who says so, who is unwell, versions, and roles", () => {
  const page = draw([WHOLE, ACME]);
  for (const words of [
    "4 of 5",
    "loss 1",
    "20 %",
    "22.5 ms",
    "o1 says so",
    `listens since ${SINCE}`,
    "so do o2",
    "0.2.0 3, (others) 1",
    "relay",
  ])
    expect(page).toContain(words);
  expect(draw([])).toContain("No observer has told anything that you may see");
});

test("names of others are text in a page, and nothing else", () => {
  const page = draw([
    { ...WHOLE, partition: "<script>", versions: { "<script>": 1 }, roles: { "<script>": tally(1) } },
  ]);
  expect(page).not.toContain("<script>");
});

test.each<[string, unknown]>([
  ["with a partition of a thousand letters", { ...WHOLE, partition: "x".repeat(1_000) }],
  ["with less than no node", { ...WHOLE, all: { ...WHOLE.all, nodes: { heard: -1 } } }],
  ["with half a node", { ...WHOLE, versions: { a: 0.5 } }],
  [
    "with a thousand findings",
    {
      ...WHOLE,
      all: { ...WHOLE.all, findings: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, 1])) },
    },
  ],
  [
    "with a sum that is no number",
    {
      ...WHOLE,
      all: { ...WHOLE.all, measures: { cpu: { unit: "percent", count: 1, sum: "much", bounds: [], buckets: [] } } },
    },
  ],
  ["with a time that is none", { ...WHOLE, observers: [{ ...WHOLE.observers[0]!, at: "now" }] }],
])("a row of a fleet %s costs itself alone", (_, told) => {
  expect(toldFleets.parse({ fleet: [ACME, told, WHOLE], next: null }).fleet).toEqual([ACME, WHOLE]);
});
