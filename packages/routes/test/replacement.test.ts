import { expect, test } from "vitest";
import { compose, type Composed } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { Doubts } from "../src/doubts.ts";
import { DOUBT_MS, DOUBTS_MAX } from "../src/limits.ts";
import { Plan, type PlannedRoute } from "../src/plan.ts";
import { areSafest, areUnsafe, isSafer, primaryFirst } from "../src/replacement.ts";
import { graphOf, link, RELAY } from "./world.ts";

function over(...relays: string[]): PlannedRoute {
  const route = { link: 16, labels: [900], via: [...relays, "h"], mtu: 1_400, cost: 1, why: [] };
  return { route, pairs: relays.map((relay) => ({ relay, scope: "cluster", from: 16, to: 17 })) };
}

const NOBODY: ReadonlyMap<string, number> = new Map();
const GOOD = [9_000, 50_000] as const;
const BAD = [9_000, 50_001] as const;

test.each([
  [
    [over("a", "b"), over("c")],
    [BAD, GOOD],
    ["a", "b"],
  ],
  [[over("a", "b"), over("b")], [BAD, GOOD], ["a"]],
  [[over("a", "b"), over("c")], [BAD], ["a", "b"]],
  [[over("a"), over("b")], [GOOD, BAD], ["b"]],
  [[over("a")], [], []],
  [[over("a"), over("b")], [[0, 0], BAD], ["b"]],
  [[over("a")], [GOOD, BAD, BAD], []],
] as const)("relays are doubted that are on bad routes, and on no good one", (routes, measured, found) => {
  const doubts = new Doubts();
  doubts.learn("x", routes, measured, 0);
  expect([...doubts.at(0)]).toEqual(found.map((relay) => [relay, 1]));
});

test("doubts grow with each lease, end where a route carries, and are forgotten", () => {
  const doubts = new Doubts();
  doubts.learn("x", [over("a", "b")], [BAD], 0);
  doubts.learn("x", [over("a", "b")], [BAD], 1);
  expect(doubts.at(1)).toEqual(
    new Map([
      ["a", 1],
      ["b", 1],
    ]),
  );
  doubts.learn("y", [over("a", "c"), over("b")], [BAD, GOOD], 2);
  expect(doubts.at(2)).toEqual(
    new Map([
      ["a", 2],
      ["c", 1],
    ]),
  );
  for (let at = 0; at < 20; at++) doubts.learn(`z${at}`, [over("a")], [BAD], 3);
  expect(doubts.at(3)).toEqual(
    new Map([
      ["a", DOUBTS_MAX],
      ["c", 1],
    ]),
  );
  expect([...doubts.at(2 + DOUBT_MS).keys()]).toEqual(["a"]);
  expect(doubts.at(3 + DOUBT_MS).size).toBe(0);
});

test("a route that was not tried takes no doubts away", () => {
  const doubts = new Doubts();
  doubts.learn("x", [over("a"), over("b")], [BAD], 0);
  doubts.learn("y", [over("a"), over("b")], [[0, 0], GOOD], 1);
  expect([...doubts.at(1).keys()]).toEqual(["a"]);
});

test.each([
  ["the primary is not doubted any more", [over("b"), over("a")], [over("a"), over("b")], new Map([["a", 1]]), true],
  [
    "all primaries are doubted",
    [over("b"), over("a"), over("c")],
    [over("a"), over("b"), over("c")],
    new Map([
      ["a", 8],
      ["b", 1],
    ]),
    false,
  ],
  [
    "more is left when a relay fails",
    [over("a"), over("b")],
    [over("a"), over("a", "b"), over("a", "c")],
    NOBODY,
    true,
  ],
  ["as much is left, and there is one route more", [over("a"), over("a", "b")], [over("a")], NOBODY, true],
  ["it is as good", [over("a"), over("b")], [over("c"), over("d")], NOBODY, false],
  ["it is worse", [over("a")], [over("c"), over("d")], NOBODY, false],
  ["a doubted relay is left out", [over("a")], [over("b"), over("b", "c")], new Map([["b", 1]]), true],
  ["a doubted relay comes in", [over("a"), over("a", "b"), over("a", "c")], [over("b")], new Map([["a", 2]]), false],
  ["a neighbour is reached at once", [over()], [over("a")], NOBODY, true],
] as const)("a lease is safer where %s", (_, found, leased, suspects, isIt) => {
  expect(isSafer(found, leased, suspects)).toBe(isIt);
});

test.each([
  ["stays where it was", [over("b"), over("a"), over("c")], [over("a")], NOBODY, ["a", "b", "c"]],
  ["is another one where it is not found again", [over("b"), over("c")], [over("a"), over("c")], NOBODY, ["b", "c"]],
  ["is another one where it is doubted", [over("b"), over("a")], [over("a")], new Map([["a", 1]]), ["b", "a"]],
  ["is the first one where no route is left", [over("b")], [], NOBODY, ["b"]],
] as const)("the primary of a lease that changes by choice %s", (_, found, leased, suspects, order) => {
  expect(primaryFirst(found, leased, suspects).map(({ route }) => route.via[0])).toEqual(order);
});

test("an origin that doubts a relay is led around it", () => {
  const links = ["a", "b"].flatMap((relay, at) => [link("o", relay, 1 + at), link(relay, "h", 1 + at)]);
  const graph = graphOf({ o: {}, h: {}, a: RELAY, b: RELAY }, links);
  const want = {
    origin: "o",
    service: "web",
    scope: "cluster",
    host: "h",
    label: 900,
    classes: ["dns"] as const,
    rate: 1,
  };
  const options = { graph, weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
  const primary = (doubts: ReadonlyMap<string, number>): string =>
    (compose({ ...want, doubts }, options) as Composed).routes[0]!.route.via[0]!;
  expect([
    primary(NOBODY),
    primary(new Map([["a", 1]])),
    primary(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ),
  ]).toEqual(["a", "b", "a"]);
});

test.each<[string, readonly PlannedRoute[], ReadonlyMap<string, number>, boolean, boolean]>([
  ["four over a relay each", [over("a"), over("b"), over("c"), over("d")], NOBODY, true, false],
  ["four, of which one goes over no relay", [over(), over("b"), over("c"), over("d")], NOBODY, true, false],
  ["four, of which one is doubted", [over("a"), over("b"), over("c"), over("d")], new Map([["d", 1]]), false, true],
  [
    "four with a doubt about another relay",
    [over("a"), over("b"), over("c"), over("d")],
    new Map([["e", 1]]),
    true,
    false,
  ],
  ["four, of which two have a relay", [over("a"), over("a", "b"), over("c"), over("d")], NOBODY, false, false],
  ["two over a relay each", [over("a"), over("b")], NOBODY, false, false],
  ["two over one relay", [over("a", "b"), over("a", "c")], NOBODY, false, true],
  ["one without a relay", [over()], NOBODY, false, false],
  ["one", [over("a")], NOBODY, false, true],
])("%s", (_, routes, doubts, safest, unsafe) => {
  expect([areSafest(routes, doubts), areUnsafe(routes, doubts)]).toEqual([safest, unsafe]);
});
