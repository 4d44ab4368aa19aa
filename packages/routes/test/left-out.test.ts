import { describe, expect, test } from "vitest";
import { compose, type Composed, slotOfWant } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { leftOutLinks, leftOutRelays } from "../src/left-out.ts";
import { Plan } from "../src/plan.ts";
import { GOOD, graphOf, link, NOW, OFFER, RELAY, type TestLink, type TestNodes, WANT } from "./world.ts";

const over = (relay: string, milliseconds: number): TestLink[] => [
  link("o", relay, milliseconds),
  link(relay, "h", milliseconds),
];

/** Relays that a lease leaves out, in a line each. */
function told(
  nodes: TestNodes,
  links: readonly TestLink[],
  avoid: readonly string[] = [],
  plan = new Plan(),
): string[] {
  const options = { graph: graphOf(nodes, links), weights: weightsOf(undefined), plan, coordinators: 1 };
  const all = { ...options, avoid: new Set(avoid) };
  const found = compose(WANT, all) as Composed;
  expect(found.routes.length).toBeGreaterThan(0);
  const names = Object.keys(nodes).filter((name) => nodes[name]!.relay !== undefined);
  return leftOutRelays(WANT, found, names, all).map(({ relay, why, cost }) => `${relay} ${why} ${cost ?? "-"}`);
}

describe("relays that are on no route", () => {
  test("are told with what a route over them costs, and otherwise with what is in the way", () => {
    const nodes: TestNodes = {
      o: {},
      h: {},
      ...Object.fromEntries(["a", "b", "c", "d", "e", "f", "g"].map((name) => [name, RELAY])),
      mute: { relay: ["cluster"] },
      guest: { report: { offer: OFFER } },
      x: { relay: ["cluster"], isVoid: true },
      slow: { relay: ["cluster"], report: { offer: { ...OFFER, classes: ["dns"] } } },
      small: { relay: ["cluster"], report: { offer: { ...OFFER, rate: 900 } } },
    };
    const links = ["a", "b", "c", "d", "e", "f", "mute", "guest", "slow", "small"].flatMap((name, at) =>
      over(name, at + 1),
    );
    expect(told(nodes, links, ["f"])).toEqual([
      // Two links of 5 ms, and 1,000 points for their length.
      "e dearer 2000",
      "f avoided -",
      "g no-way -",
      "guest no-role -",
      "mute no-offer -",
      "slow class -",
      "small no-room -",
      "x no-report -",
    ]);
  });

  test("may lead over a cheaper route, which could not be had when the lease was composed", () => {
    const links = [...over("a", 3), ...over("b", 1)];
    const graph = graphOf({ o: {}, h: {}, a: RELAY, b: RELAY }, links);
    const options = { graph, weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
    const early = compose(WANT, { ...options, avoid: new Set(["b"]) }) as Composed;
    const [left, ...others] = leftOutRelays(WANT, early, [], options);
    expect([left, others]).toMatchObject([{ relay: "b", why: "later", cost: 1_200 }, []]);
  });

  test("have room for other leases, but not for their own beside these", () => {
    const nodes: TestNodes = { o: {}, h: {}, a: RELAY, b: RELAY };
    const plan = new Plan();
    const pairs = [{ relay: "b", scope: "cluster", from: 16, to: 17 }];
    const route = { link: 16, labels: [900], via: ["b", "h"], mtu: 1_400, cost: 1, why: [] };
    const lease = { ends: NOW + 1, classes: ["reliable"], rate: 99_950, routes: [{ route, pairs }] } as const;
    plan.add("other", { id: "1", ...lease });
    expect(told(nodes, [...over("a", 1), ...over("b", 1)], [], plan)).toEqual(["b no-room -"]);
    plan.remove("other", "1");
    plan.add(slotOfWant(WANT), { id: "1", ...lease });
    expect(told(nodes, [...over("a", 1), ...over("b", 1)], [], plan)).toEqual([]);
  });

  test("cost as much as the route that goes over them, when there is no other one", () => {
    const nodes: TestNodes = { o: {}, h: {}, a: RELAY, b: RELAY };
    const links = [link("o", "a", 3), link("a", "b", 4), link("b", "h", 5)];
    const options = { graph: graphOf(nodes, links), weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
    const { routes } = compose(WANT, options) as Composed;
    const left = leftOutRelays(WANT, { rate: 1_000, routes: [] }, [], options);
    expect(left.map(({ relay, cost }) => [relay, cost])).toEqual([
      ["a", routes[0]!.route.cost],
      ["b", routes[0]!.route.cost],
    ]);
  });
});

test("links that count for nothing are told with the reason", () => {
  const half = { label: 99, peer: "h", tag: "spare", figures: GOOD };
  const lost = { label: 98, peer: "nobody", figures: GOOD };
  const nodes: TestNodes = { o: { report: { links: [half, lost] } }, h: {}, a: RELAY };
  const narrow = [1_000, 0, 0, 100_000, 0, 1_199, 0] as const;
  const graph = graphOf(nodes, [...over("a", 1), { ends: ["o", "h"], figures: narrow }]);
  expect(
    leftOutLinks(graph, ["o", "h", "away"]).map(({ node, peer, tag, why }) => `${node} ${peer} ${tag} ${why}`),
  ).toEqual(["o h 0 mtu", "o h spare one-end", "o nobody 0 no-report", "h o 0 mtu"]);
});
