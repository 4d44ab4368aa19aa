/** Leases that are composed anew keep their routes, unless others are worth the change. */
import { describe, expect, test } from "vitest";
import { compose, type Composed, type ComposeOptions, keep, type Want } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { Plan } from "../src/plan.ts";
import { graphOf, link, OFFER, RELAY, type TestLink, type TestNodes, WANT } from "./world.ts";

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
  const rest = { weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
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
    ["where another rate is asked for", { want: { rate: 3_000 } }],
  ])("%s", (_, change) => expect(kept(change)).toBeUndefined());

  test("of a lease that no relay is part of, to none", () => {
    const [graph, weights] = [graphOf(NODES, [link("o", "h")]), weightsOf(undefined)];
    const options = { graph, weights, plan: new Plan(), coordinators: 1 };
    const found = compose(WANT, options) as Composed;
    expect(keep(WANT, found, found, options)).toEqual(found);
    expect(keep({ ...WANT, host: "nobody" }, found, found, options)).toBeUndefined();
  });
});
