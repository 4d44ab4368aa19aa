import type { LinkFigures } from "@florenetes/facts";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compose, type Composed, type ComposeOptions, slotOfWant, type Want } from "../src/compose.ts";
import { COST_PARTS, weightsOf } from "../src/costs.ts";
import { explainLease } from "../src/explain.ts";
import type { RouteGraph } from "../src/graph.ts";
import { Plan } from "../src/plan.ts";
import {
  anyMesh,
  GOOD,
  graphOf,
  link,
  OFFER,
  RELAY,
  shuffled,
  type TestLink,
  type TestNode,
  type TestNodes,
  WANT,
} from "./world.ts";

const WEIGHTS = weightsOf(undefined);

function composed(graph: RouteGraph, want: Partial<Want> = {}, options: Partial<ComposeOptions> = {}) {
  return compose({ ...WANT, ...want }, { graph, weights: WEIGHTS, plan: new Plan(), coordinators: 1, ...options });
}

/** The nodes of each route, or why there is none. */
function ways(found: ReturnType<typeof composed>): string[] | string {
  return typeof found === "string" ? found : found.routes.map(({ route }) => route.via.join(" "));
}

const relays = (...names: string[]): TestNodes => ({
  o: {},
  h: {},
  ...Object.fromEntries(names.map((name) => [name, RELAY])),
});
/** A way from `o` to `h` over some relays, each link of so many milliseconds. */
const over = (names: string, milliseconds = 1): TestLink[] => {
  const all = ["o", ...names.split(" ").filter((name) => name !== ""), "h"];
  return all.slice(1).map((name, at) => link(all[at]!, name, milliseconds));
};

describe("a lease", () => {
  test("has the labels of each node on the way, and the service's at last", () => {
    const graph = graphOf(relays("a", "b"), [link("o", "b"), ...over("a b")]);
    const { routes } = composed(graph) as Composed;
    expect(routes.map(({ route }) => [route.link, route.labels, route.via])).toEqual([
      [16, [18, 900], ["b", "h"]],
      [17, [17, 18, 900], ["a", "b", "h"]],
    ]);
    expect(routes.map(({ pairs }) => pairs.map(({ relay, from, to }) => [relay, from, to]))).toEqual([
      [["b", 16, 18]],
      [
        ["a", 16, 17],
        ["b", 17, 18],
      ],
    ]);
  });

  test("to a neighbour needs no relay", () => {
    const [primary] = (composed(graphOf(relays(), over(""))) as Composed).routes;
    expect([primary!.route.labels, primary!.route.via, primary!.pairs]).toEqual([[900], ["h"], []]);
  });

  test("takes the cheapest way, and then those that share no node with it", () => {
    const links = [...over("a", 5), ...over("b", 3), ...over("c", 4), ...over("d", 9), ...over("e", 8)];
    expect(ways(composed(graphOf(relays("a", "b", "c", "d", "e"), links)))).toEqual(["b h", "c h", "a h", "e h"]);
  });

  test("shares as little as can be where all ways go over one node", () => {
    const links = [link("o", "n"), link("n", "a", 1), link("n", "b", 2), link("a", "h"), link("b", "h")];
    expect(ways(composed(graphOf(relays("n", "a", "b"), links)))).toEqual(["n a h", "n b h"]);
  });

  test("has two ways that are apart, where the cheapest one bars all others", () => {
    // o-a-b-h is cheapest, and without a and b there is nothing; o-a-d-h and o-c-b-h are apart.
    const links = [...over("a b", 1), link("o", "c", 9), link("c", "b", 9), link("a", "d", 9), link("d", "h", 9)];
    expect(ways(composed(graphOf(relays("a", "b", "c", "d"), links)))).toEqual(["a b h", "a d h", "c b h"]);
  });

  test("goes over another provider where it can, also if that costs more", () => {
    const provided = (name: string, provider: string, milliseconds: number): TestLink[] =>
      over(name, milliseconds).map((each) => ({ ...each, provider }));
    const links = [...provided("a", "isp", 1), ...provided("b", "isp", 2), ...provided("c", "lte", 30)];
    expect(ways(composed(graphOf(relays("a", "b", "c"), links)))).toEqual(["a h", "c h", "b h"]);
  });

  test("has at most eight links", () => {
    const names = Array.from({ length: 8 }, (_, at) => `r${at}`);
    const graph = graphOf(relays(...names), over(names.join(" ")));
    expect(ways(composed(graph))).toBe("no-route");
    expect(ways(composed(graph, { host: "r7" }))).toEqual([names.join(" ")]);
  });

  test("goes through no node that is no relay, has no offer, or does not offer the class", () => {
    const nodes = {
      ...relays("a"),
      a: { report: { offer: OFFER } },
      b: { relay: ["cluster"] },
      c: { relay: ["cluster"], report: { offer: { ...OFFER, classes: ["bulk"] } } },
    } satisfies TestNodes;
    const graph = graphOf(nodes, [...over("a"), ...over("b"), ...over("c")]);
    expect(ways(composed(graph))).toBe("no-route");
    expect(ways(composed(graph, { classes: ["bulk"] }))).toEqual(["c h"]);
  });

  test("of an organization goes over its own relays, and those of the cluster", () => {
    const nodes = { ...relays("a"), b: { ...RELAY, relay: ["org/acme"] }, c: { ...RELAY, relay: ["org/other"] } };
    const graph = graphOf(nodes, [...over("a", 2), ...over("b"), ...over("c")]);
    expect(ways(composed(graph))).toEqual(["a h"]);
    expect(ways(composed(graph, { scope: "org/acme" }))).toEqual(["b h", "a h"]);
    expect(ways(composed(graph, { scope: "org/other" }))).toBe("organization");
    const [primary] = (composed(graph, { scope: "org/acme" }) as Composed).routes;
    expect(primary!.pairs[0]).toMatchObject({ relay: "b", scope: "org/acme" });
  });

  test.each([
    [{ origin: "x" }, "unknown-origin"],
    [{ host: "x" }, "unknown-host"],
    [{ host: "o" }, "same-node"],
  ])("for %j is refused: %s", (want, fault) => expect(ways(composed(graphOf(relays(), over("")), want))).toBe(fault));

  test("goes around relays that have not answered", () => {
    const graph = graphOf(relays("a", "b"), [...over("a"), ...over("b", 5)]);
    expect(ways(composed(graph, {}, { avoid: new Set(["a"]) }))).toEqual(["b h"]);
  });
});

describe("the cost", () => {
  const two = (figures: LinkFigures, node: TestNode = {}): string | string[] => {
    const better = [link("o", "a", 5), link("a", "h", 5)];
    const other: TestLink[] = [
      { ends: ["o", "b"], figures },
      { ends: ["b", "h"], figures },
    ];
    return ways(composed(graphOf({ ...relays("a", "b"), b: { ...RELAY, ...node } }, [...better, ...other])));
  };
  const slow: LinkFigures = GOOD.with(0, 4_900) as unknown as LinkFigures;

  test("is less for a shorter round trip", () => expect(two(slow)).toEqual(["b h", "a h"]));

  test.each([
    ["jitter", slow.with(1, 1_000)],
    ["loss", slow.with(2, 10_000)],
    ["rate", slow.with(3, 10_000)],
    ["pressure", slow.with(4, 50)],
    ["reliability", slow.with(6, 3)],
  ])("is more for %s of a link", (_, figures) => expect(two(figures as never)).toEqual(["a h", "b h"]));

  test.each([
    ["pressure", { report: { offer: OFFER, load: { cpu: 90, memory: 0, sockets: 0 } } }],
    ["battery", { report: { offer: OFFER, battery: 20 } }],
    ["metering", { report: { offer: OFFER, metered: true } }],
    ["trust", { tier: 0 }],
    ["locality", { organization: "other" }],
    ["price", { report: { offer: { ...OFFER, price: 100 } } }],
  ] satisfies [string, TestNode][])("is more for %s of a relay", (_, node) =>
    expect(two(slow, node)).toEqual(["a h", "b h"]),
  );

  test("gains nothing by 0 ms, nor by a rate that nobody has", () => {
    const honest = link("o", "a").figures!;
    const graph = graphOf(relays("a", "b"), [
      ...over("a"),
      ...over("b").map((each) => ({ ...each, figures: [0, 0, 0, 1_000_000_000, 0, 65_535, 0] as const })),
    ]);
    const { routes } = composed(graph) as Composed;
    expect(honest[0]).toBe(1_000);
    expect(new Set(routes.map(({ route }) => route.cost)).size).toBe(1);
  });

  test("is the sum of its parts, each of them units by weight, as the policy says", () => {
    const weights = weightsOf({
      weights: [
        { of: "length", weight: 7 },
        { of: "weather", weight: 9 },
      ],
    });
    const graph = graphOf({ ...relays(), a: { ...RELAY, tier: 1 } }, over("a", 20));
    const { routes } = composed(graph, {}, { weights }) as Composed;
    const { cost, why } = routes[0]!.route;
    expect(why).toEqual([
      { of: "length", value: 2, cost: 14 },
      { of: "round-trip", value: 400, cost: 4_000 },
      { of: "trust", value: 2, cost: 200 },
    ]);
    expect(cost).toBe(why.reduce((sum, part) => sum + part.cost, 0));
  });

  test("is told to people", () => {
    const { routes, rate } = composed(graphOf(relays("a", "b"), [...over("a", 20), ...over("b", 24)])) as Composed;
    const lease = { classes: WANT.classes, rate, routes: routes.map(({ route }) => route) };
    expect(
      explainLease("h", { ...lease, routes: [{ ...lease.routes[0]!, why: [{ of: "later", value: 1, cost: 2 }] }] }),
    ).toHaveLength(3);
    expect(explainLease("h", lease)).toMatchInlineSnapshot(`
      [
        "to h, 16000 kbit/s",
        "primary: a > h, cost 5000, packets of 1400 bytes",
        "  round-trip 4000 of 5000: 400 tenths of a millisecond",
        "  length 1000 of 5000: 2 links",
        "alternate 1: b > h, cost 5800, packets of 1400 bytes",
        "  round-trip 4800 of 5800: 480 tenths of a millisecond",
        "  length 1000 of 5800: 2 links",
      ]
    `);
  });

  test("of any weights is an integer, and has more to it than nothing", () => {
    const most = Object.keys(COST_PARTS).map((of) => ({ of, weight: 65_535 }));
    const worst = [60_000_000, 60_000_000, 1_000_000, 0, 100, 1_200, 255] as const;
    const names = Array.from({ length: 7 }, (_, at) => `r${at}`);
    const busy = { battery: 0, metered: true, load: { cpu: 100, memory: 100, sockets: 100 } };
    const node = { ...RELAY, tier: 0, organization: "x", report: { ...busy, offer: { ...OFFER, price: 65_535 } } };
    const nodes = { o: {}, h: {}, ...Object.fromEntries(names.map((name) => [name, node])) };
    const links = over(names.join(" ")).flatMap((each) => [
      { ...each, figures: worst, provider: "p" },
      { ...each, figures: worst, provider: "q", tag: "x" },
    ]);
    const { routes } = composed(graphOf(nodes, links), {}, { weights: weightsOf({ weights: most }) }) as Composed;
    expect(routes).toHaveLength(2);
    expect(routes.every(({ route }) => Number.isSafeInteger(route.cost) && route.cost < 2 ** 38)).toBe(true);
    const nothing = most.map(({ of }) => ({ of, weight: 0 }));
    const free = composed(graphOf(nodes, links), {}, { weights: weightsOf({ weights: nothing }) }) as Composed;
    expect(free.routes[0]!.route).toMatchObject({ cost: 0, why: [] });
  });
});

/** All ways of at most eight links without a circle, over relays. */
function allWays(graph: RouteGraph): number[][] {
  const [origin, host] = [graph.placeOf("o")!, graph.placeOf("h")!];
  const found: number[][] = [];
  const go = (at: number, way: number[], seen: ReadonlySet<number>): void => {
    for (const [edge, { from, to }] of graph.edges.entries()) {
      if (from !== at || seen.has(to)) continue;
      if (to === host) found.push([...way, edge]);
      else if (way.length < 7) go(to, [...way, edge], new Set([...seen, to]));
    }
  };
  go(origin, [], new Set([origin]));
  return found;
}

const viaOf = (graph: RouteGraph, way: readonly number[]): string[] =>
  way.map((edge) => graph.nodes[graph.edges[edge]!.to]!.name);

test("beside all ways that there are: the primary is the cheapest, and one failing node leaves a route wherever two ways are apart", () => {
  const property = fc.property(fc.integer(), (seed) => {
    const random = new Random(seed);
    const { nodes, links } = anyMesh(random, random.between(1, 5), random.between(3, 12));
    const graph = graphOf(nodes, links);
    const all = allWays(graph);
    const found = composed(graph);
    if (all.length === 0) {
      expect(found).toBe("no-route");
      return;
    }
    const { routes } = found as Composed;
    const vias = routes.map(({ route }) => route.via);
    const costOf = (way: readonly number[]): number =>
      way.reduce((sum, edge) => sum + 500 + graph.links[graph.edges[edge]!.link]!.figures[0] / 10, 0);
    expect(routes[0]!.route.cost).toBe(Math.min(...all.map(costOf)));
    expect(new Set(vias.map(String)).size).toBe(vias.length);
    for (const { route } of routes) {
      expect(all.map((way) => viaOf(graph, way))).toContainEqual(route.via);
      expect(new Set(["o", ...route.via]).size).toBe(route.via.length + 1);
    }
    const between = all.map((way) => viaOf(graph, way).slice(0, -1));
    const arePairs = between.some((one, at) =>
      between.some((other, place) => at !== place && one.every((name) => !other.includes(name))),
    );
    if (!arePairs) return;
    for (const name of Object.keys(nodes)) {
      if (name !== "o" && name !== "h") expect(vias.some((via) => !via.includes(name))).toBe(true);
    }
  });
  fc.assert(property, { numRuns: runs(2_000, 200) });
});

test("equal input makes equal leases, in whatever order it came", () => {
  const property = fc.property(fc.integer(), (seed) => {
    const random = new Random(seed);
    const { nodes, links } = anyMesh(random, 8, 24);
    const one = composed(graphOf(nodes, links));
    const other = composed(graphOf(Object.fromEntries(shuffled(random, Object.entries(nodes))), links));
    expect(other).toEqual(one);
  });
  fc.assert(property, { numRuns: runs(500, 50) });
});

describe("rates", () => {
  const small = { ...RELAY, report: { offer: { ...OFFER, rate: 10_000 } } };
  /** Origins `o0` to `o17`, all of them at three relays, of which the first is the nearest. The first one gets twice what it wants. */
  const origins = Array.from({ length: 18 }, (_, at) => `o${at}`);
  const herd = graphOf(
    { h: {}, a: small, b: small, c: small, ...Object.fromEntries(origins.map((name) => [name, {}])) },
    ["a", "b", "c"].flatMap((relay, at) => [
      link(relay, "h"),
      ...origins.map((origin) => link(origin, relay, 1 + 4 * at)),
    ]),
  );
  const lease = (plan: Plan, origin: string, options: Partial<ComposeOptions> = {}): Composed => {
    const want = { ...WANT, origin };
    const found = composed(herd, want, { plan, ...options });
    if (typeof found === "string") throw new Error(found);
    plan.add(slotOfWant(want), { id: origin, ends: 1, classes: WANT.classes, ...found });
    return found;
  };

  test("are kept: no relay is planned above its offer, by one coordinator or by two", () => {
    const plan = new Plan();
    for (const origin of origins) lease(plan, origin);
    for (const relay of ["a", "b", "c"]) expect(plan.loadOf(relay)).toBeLessThanOrEqual(10_000);
    const half = new Plan();
    for (const origin of origins.slice(0, 10)) lease(half, origin, { coordinators: 2 });
    for (const origin of origins.slice(10)) {
      const want = { ...WANT, origin };
      const found = composed(herd, want, { plan: half, coordinators: 2 });
      if (typeof found !== "string")
        half.add(slotOfWant(want), { id: origin, ends: 1, classes: WANT.classes, ...found });
    }
    for (const relay of ["a", "b", "c"]) expect(half.loadOf(relay)).toBeLessThanOrEqual(5_000);
  });

  test("spread a herd: relays that are filled cost more", () => {
    const plan = new Plan();
    const first = origins.map((origin) => lease(plan, origin).routes[0]!.route.via[0]);
    expect(new Set(first).size).toBe(3);
  });

  test("are multiples of what was wanted where relays have plenty, and parts of it where they have not", () => {
    const rateAt = (offered: number): unknown =>
      composed(graphOf({ o: {}, h: {}, a: { ...RELAY, report: { offer: { ...OFFER, rate: offered } } } }, over("a")));
    expect(rateAt(1_000_000)).toMatchObject({ rate: 16_000 });
    expect(rateAt(16_000)).toMatchObject({ rate: 4_000 });
    expect(rateAt(7_999)).toMatchObject({ rate: 1_000 });
    expect(rateAt(999)).toMatchObject({ rate: 250 });
    expect(rateAt(100)).toMatchObject({ rate: 64 });
  });

  test("are a sixteenth at the least where a second route has room for that, and no less for its sake", () => {
    const offering = (rate: number): object => ({ ...RELAY, report: { offer: { ...OFFER, rate } } });
    const beside = (rate: number): unknown =>
      composed(graphOf({ o: {}, h: {}, a: offering(2_000), b: offering(rate) }, [...over("a"), ...over("b")]));
    expect(beside(500)).toMatchObject({ rate: 250, routes: [{}, {}] });
    expect(beside(63)).toMatchObject({ rate: 1_000, routes: [{}] });
  });

  test("of those that came first leave room for two routes of each that comes later", () => {
    const plan = new Plan();
    const found = origins.map((origin) => lease(plan, origin));
    expect(found.filter(({ routes }) => routes.length < 2)).toEqual([]);
    expect(found[0]!.rate).toBeGreaterThan(found.at(-1)!.rate);
    // When they are renewed, all of them come closer to each other.
    const spread = (): number =>
      Math.max(...found.map(({ rate }) => rate)) / Math.min(...found.map(({ rate }) => rate));
    const before = spread();
    for (let turn = 0; turn < 4; turn++) for (const [at, origin] of origins.entries()) found[at] = lease(plan, origin);
    expect(spread()).toBeLessThan(before);
    expect(found.filter(({ routes }) => routes.length < 2)).toEqual([]);
  });

  test("of whom there is no room for are the lowest one, and where there is none for that, none", () => {
    const tiny = { ...RELAY, report: { offer: { ...OFFER, rate: 100 } } };
    const graph = graphOf({ o: {}, h: {}, a: tiny }, over("a"));
    expect(composed(graph)).toMatchObject({ rate: 64 });
    expect(composed(graph, {}, { coordinators: 2 })).toBe("no-room");
  });

  test("of a lease that is renewed count once", () => {
    const plan = new Plan();
    const found = lease(plan, "o0");
    const before = plan.loadOf("a");
    plan.add("cluster o0/web/h", { id: "again", ends: 2, classes: ["bulk"], ...found });
    expect(plan.loadOf("a")).toBe(before);
    expect(plan.permitsFor("a").get("cluster")).toMatchObject({ sets: [{ classes: ["reliable", "bulk"] }] });
    plan.settle("cluster o0/web/h", "again", 0);
    expect(plan.permitsFor("a").get("cluster")).toMatchObject({ sets: [{ classes: ["bulk"] }] });
    plan.expire(2);
    expect([plan.size, plan.loadOf("a"), [...plan.relays], plan.permitsFor("a").size]).toEqual([0, 0, [], 0]);
  });

  test("of all classes at once are in one set where there are too many kinds of pairs", () => {
    const plan = new Plan();
    const classes = ["dns", "interactive", "reliable", "bulk"] as const;
    for (let bits = 1; bits < 12; bits++) {
      const pairs = [{ relay: "a", scope: "cluster", from: bits, to: 100 }];
      const some = classes.filter((_, at) => ((bits >> at) & 1) === 1);
      const route = { link: 1, labels: [1], via: ["h"], mtu: 1_400, cost: 0, why: [] };
      plan.add(`slot ${bits}`, { id: "x", ends: 1, classes: some, rate: 1, routes: [{ route, pairs }] });
    }
    const { sets } = plan.permitsFor("a").get("cluster")!;
    expect(sets).toHaveLength(1);
    expect(sets[0]!.pairs).toHaveLength(11);
    expect(plan.pairsOf("a")).toBe(11);
  });
});
