/** Leases that are composed anew keep their routes, unless others are worth the change. */
import { describe, expect, test } from "vitest";
import { compose, type Composed, type ComposeOptions, keep, type Want } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { Plan } from "../src/plan.ts";
import { graphOf, link, OFFER, RELAY, type TestLink, type TestNodes, WANT } from "./world.ts";

const OPTIONS = { weights: weightsOf(undefined), coordinators: 1 };
const NODES: TestNodes = { o: {}, h: {}, a: RELAY, b: RELAY };

/** Ways over a and b of so many milliseconds. */
function linksOf(a: number, b: number): TestLink[] {
  return [link("o", "a", a / 2), link("o", "b", b / 2), link("a", "h", a / 2), link("b", "h", b / 2)];
}

interface Change {
  readonly links?: readonly TestLink[];
  readonly nodes?: TestNodes;
  readonly want?: Partial<Want>;
  readonly options?: Partial<ComposeOptions>;
}

/** The nodes of the routes that are kept of a lease over a (10 ms) and b (12 ms), after something has changed; undefined: none are. */
function kept({ links = linksOf(10, 12), nodes = NODES, want = {}, options = {} }: Change): string[] | undefined {
  const rest = { ...OPTIONS, plan: new Plan() };
  const before = compose(WANT, { ...rest, graph: graphOf(NODES, linksOf(10, 12)) }) as Composed;
  const [now, all] = [
    { ...WANT, ...want },
    { ...rest, graph: graphOf(nodes, links), ...options },
  ];
  const found = keep(now, before, compose(now, all) as Composed, all);
  return found?.routes.map(({ route }) => route.via[0]!);
}

/** A plan in which relays carry so much for another lease. */
function planned(load: Readonly<Record<string, number>>): Plan {
  const plan = new Plan();
  for (const [relay, rate] of Object.entries(load)) {
    const pairs = [{ relay, scope: "cluster", from: 16, to: 17 }];
    const route = { link: 16, labels: [900], via: [relay, "h"], mtu: 1_400, cost: 1, why: [] };
    plan.add(`cluster x/web/${relay}`, { id: relay, ends: 1, classes: ["reliable"], rate, routes: [{ route, pairs }] });
  }
  return plan;
}

/** Rates that a lease of 40,000 kbit/s has one after the other on relays of 100,000, as others take so much of each of them. */
function ratesAt(loads: readonly number[]): (number | string)[] {
  const want = { ...WANT, rate: 40_000 };
  let before: Composed | undefined;
  return loads.map((load) => {
    const options = { ...OPTIONS, plan: planned({ a: load, b: load }), graph: graphOf(NODES, linksOf(10, 12)) };
    const found = compose(want, options);
    if (typeof found === "string") return found;
    before = (before === undefined ? undefined : keep(want, before, found, options)) ?? found;
    return before.rate;
  });
}

describe("routes are kept", () => {
  test("where nothing has changed, and with the costs of today", () => {
    const graph = graphOf(NODES, linksOf(11, 12));
    const options = { weights: weightsOf(undefined), plan: new Plan(), coordinators: 1, graph };
    const before = compose(WANT, { ...options, graph: graphOf(NODES, linksOf(10, 12)) }) as Composed;
    const found = compose(WANT, options) as Composed;
    expect(keep(WANT, before, found, options)).toEqual(found);
    expect(found.routes[0]!.route.cost).toBeGreaterThan(before.routes[0]!.route.cost);
  });

  test.each<[string, Change]>([
    ["another primary is better by a tenth", { links: linksOf(10, 9) }],
    ["another primary is better by less than 5 ms", { links: linksOf(10, 5.2) }],
    ["a relay is filled a little", { options: { plan: planned({ a: 5_000 }) } }],
    [
      "relays are filled a little beyond what gave the lease more than it wanted",
      { options: { plan: planned({ a: 16_000 }) } },
    ],
  ])("where %s", (_, change) => expect(kept(change)).toEqual(["a", "b"]));
});

describe("routes give way", () => {
  test.each<[string, Change]>([
    ["to another primary that is better by a fifth and by 5 ms", { links: linksOf(40, 20) }],
    ["where a link is gone", { links: linksOf(10, 12).slice(1) }],
    [
      "to those that are safer",
      { nodes: { ...NODES, c: RELAY }, links: [...linksOf(10, 12), link("o", "c"), link("c", "h")] },
    ],
    ["where one is doubted", { want: { doubts: new Map([["a", 1]]) } }],
    ["where a relay is avoided", { options: { avoid: new Set(["a"]) } }],
    ["where a relay has no room", { options: { plan: planned({ a: 99_000, b: 99_000 }) } }],
    ["where relays have plenty no more", { options: { plan: planned({ a: 24_500 }) } }],
    ["where a relay has no offer", { nodes: { ...NODES, b: { relay: ["cluster"] } } }],
    ["where a relay offers less", { nodes: { ...NODES, b: { ...RELAY, report: { offer: { ...OFFER, rate: 900 } } } } }],
    ["where a lower rate is asked for", { want: { rate: 300 } }],
  ])("%s", (_, change) => expect(kept(change)).toBeUndefined());

  test("of a lease that no relay is part of, to none", () => {
    const [graph, weights] = [graphOf(NODES, [link("o", "h")]), weightsOf(undefined)];
    const options = { graph, weights, plan: new Plan(), coordinators: 1 };
    const found = compose(WANT, options) as Composed;
    expect(keep(WANT, found, found, options)).toEqual(found);
    expect(keep({ ...WANT, host: "nobody" }, found, found, options)).toBeUndefined();
  });
});

describe("a rate", () => {
  test("is kept until relays are filled halfway to where the next lower one ends, and is not had again before there is room for it", () =>
    expect(ratesAt([35_000, 41_000, 42_000, 41_000, 36_000, 35_000])).toEqual([
      40_000, 40_000, 10_000, 10_000, 10_000, 40_000,
    ]));

  test("of the lowest kind fills an offer, and goes no further", () =>
    expect(ratesAt([35_000, 99_930, 99_936, 99_937])).toEqual([40_000, 64, 64, "no-room"]));

  test("that is higher is had on the same routes", () => {
    const graph = graphOf(NODES, linksOf(10, 12));
    const filled = { ...OPTIONS, plan: planned({ a: 80_000, b: 80_000 }), graph };
    const before = compose({ ...WANT, rate: 10_000 }, filled) as Composed;
    // The other relay costs less now, and not by much.
    const options = { ...OPTIONS, plan: planned({ a: 40_000, b: 30_000 }), graph: graphOf(NODES, linksOf(12, 11)) };
    const want = { ...WANT, rate: 10_000 };
    const found = compose(want, options) as Composed;
    const via = ({ routes }: Composed): string[] => routes.map(({ route }) => route.via[0]!);
    expect([before.rate, via(before), found.rate, via(found)]).toEqual([2_500, ["a", "b"], 10_000, ["b", "a"]]);
    const now = keep(want, before, found, options)!;
    expect([now.rate, via(now)]).toEqual([10_000, ["a", "b"]]);
  });
});
