import { TrafficClass } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import { HUNT_CIRCLE_MS_MAX, PREFERENCE_MS } from "../../../src/transport/limits.ts";
import { RouteSwitch } from "../../../src/transport/routes/route-switch.ts";
import type { RouteSwitched } from "../../../src/transport/routes/switch-log.ts";
import { routeOver, tableOf } from "./routes.ts";

function scene(count: number, { rttMs = 10, ...begin }: { rttMs?: number; hasConnection?: boolean } = {}) {
  const { table, down } = tableOf(count);
  const switched: RouteSwitched[] = [];
  const silentAt: number[] = [];
  const trafficClass = TrafficClass.reliable;
  const connection = { isThere: begin.hasConnection ?? true };
  const facts = { rttMs: () => rttMs, hasConnection: () => connection.isThere };
  const routes = new RouteSwitch(
    {
      table,
      trafficClass,
      ...facts,
      onSwitched: (each) => void switched.push(each),
      onSilent: (at) => void silentAt.push(at),
    },
    undefined,
    0,
  );
  const link = (number: number, isUp: boolean, now: number): boolean => {
    if (isUp) down.delete(number);
    else down.add(number);
    table.handleLink(number, now);
    return routes.handleTable(now);
  };
  return { table, routes, switched, silentAt, link, connection, name: (): string => routes.route.name };
}

test("a route that does not answer is left for the next, and that one for the next after it", () => {
  const { routes, switched, table, name } = scene(3);
  expect(name()).toBe("r0>d");
  expect(routes.handleUnanswered(1_000, 5_000)).toBe(true);
  expect(name()).toBe("r1>d");
  expect(routes.nextTimeout(5_000)).toBe(5_320);
  expect(routes.handleTimeout(5_319)).toBe(false);
  expect(routes.handleTimeout(5_320)).toBe(true);
  expect(name()).toBe("r2>d");
  expect(routes.handleAnswered(5_400)).toBe(true);
  expect(switched).toMatchObject([{ from: "r0>d", to: "r2>d", reason: "timeout", at: 5_400, recoveryMs: 1_400 }]);
  expect(table.routes.map(({ failure }) => failure?.reason)).toEqual(["timeout", "timeout", undefined]);
  expect(routes.nextTimeout(5_400)).toBe(Number.POSITIVE_INFINITY);
});

test("where no route answers, circles come more and more seldom, and the first answer ends the hunt", () => {
  const { routes, switched, name } = scene(2);
  const moves: number[] = [];
  if (routes.handleUnanswered(1_000, 0)) moves.push(0);
  for (let now = 0; now < 120_000; now += 10) if (routes.handleTimeout(now)) moves.push(now);
  expect(moves.length).toBeLessThan(20);
  expect(moves.at(-1)! - moves.at(-2)!).toBeGreaterThanOrEqual(HUNT_CIRCLE_MS_MAX);
  while (name() !== "r0>d") routes.handleTimeout(routes.nextTimeout(0));
  routes.handleAnswered(200_000);
  expect(switched, "it is where it was").toEqual([]);
  expect(routes.handleUnanswered(1_000, 300_000)).toBe(true);
});

test("routes that have answered nothing in a circle have failed, also when the answer comes in the pause after it", () => {
  const { routes, table, name } = scene(3);
  routes.handleUnanswered(1_000, 0);
  while (routes.circles === 0) routes.handleTimeout(routes.nextTimeout(0));
  expect(name()).toBe("r2>d");
  expect(routes.handleAnswered(900), "the table has news").toBe(true);
  expect(table.routes.map(({ failure }) => failure?.reason)).toEqual(["timeout", "timeout", undefined]);
  expect(routes.handleTimeout(901), "the dead ones are not tried again").toBe(false);
});

test.each([1, 3])(
  "all of %i routes have failed where none has answered in a circle, and that is told once",
  (count) => {
    const { routes, table, silentAt } = scene(count);
    const failures = (): unknown[] => table.routes.map(({ failure }) => failure?.reason);
    routes.handleUnanswered(1_000, 1_000);
    while (routes.circles === 0) routes.handleTimeout(routes.nextTimeout(1_000));
    expect(failures()).toEqual(Array(count).fill("timeout"));
    const toldAt = 1_000 + (count - 1) * 320;
    expect(silentAt).toEqual([toldAt]);
    expect(routes.handleTable(toldAt), "there is no better one to go to").toBe(false);
    while (routes.circles < 4) routes.handleTimeout(routes.nextTimeout(toldAt));
    expect(silentAt).toEqual([toldAt]);
    expect(routes.handleAnswered(20_000), "the one that answers is good again").toBe(true);
    expect(failures().filter((each) => each === undefined)).toHaveLength(1);
  },
);

test("a route that has answered others since the hunt began has not failed: the hunt's connections are to an earlier life of the host", () => {
  const { routes, table } = scene(1);
  const [only] = table.routes;
  const hunt = (until: number): void => {
    while (routes.nextTimeout(0) < until) routes.handleTimeout(routes.nextTimeout(0));
  };
  routes.handleUnanswered(1_000, 5_000);
  expect(only!.failure).toMatchObject({ reason: "timeout" });
  expect(table.handleProven(only!, 6_000), "another trunk's connection has come up").toBe(true);
  hunt(60_000);
  expect(only!.failure).toBeUndefined();
  // A later silence is news: another trunk tells of it.
  const other = new RouteSwitch(
    {
      table,
      trafficClass: TrafficClass.bulk,
      rttMs: () => 10,
      hasConnection: () => true,
      onSwitched: () => undefined,
      onSilent: () => undefined,
    },
    only,
    6_000,
  );
  other.handleUnanswered(1_000, 70_000);
  expect(only!.failure).toMatchObject({ reason: "timeout" });
});

test("a first link that goes down is left at once, and its coming back moves nothing for a minute", () => {
  const { routes, switched, link, table, name } = scene(2);
  expect(link(0, false, 100)).toBe(true);
  expect(name()).toBe("r1>d");
  routes.handleAnswered(130);
  expect(switched).toMatchObject([{ reason: "peer_unavailable", recoveryMs: 30 }]);
  for (let now = 200; now < 20_000; now += 50) expect(link(0, now % 100 === 0, now)).toBe(false);
  link(0, true, 20_000);
  for (const at of [25_000, 30_000, 35_000]) table.handleProbe(table.routes[0]!, true, at);
  expect(routes.handleTable(35_000)).toBe(false);
  expect(routes.nextTimeout(35_000)).toBe(95_000);
  expect(routes.handleTimeout(95_000)).toBe(true);
  expect(name()).toBe("r0>d");
  routes.handleAnswered(95_010);
  expect(switched[1]).toMatchObject({ reason: "better_route", from: "r1>d", to: "r0>d", recoveryMs: 10 });
});

test("a better route that does not answer is left for the one before it, which did not fail", () => {
  const { routes, table, switched, name } = scene(2);
  table.replace([routeOver(1), routeOver(0)]);
  expect(routes.handleTable(100)).toBe(true);
  expect(name()).toBe("r1>d");
  expect(routes.handleTimeout(420)).toBe(true);
  expect(name()).toBe("r0>d");
  routes.handleAnswered(430);
  expect(switched).toEqual([]);
  expect(table.routes.map(({ failure }) => failure?.reason)).toEqual(["timeout", undefined]);
});

test("orders that change their mind move a trunk once in ten seconds", () => {
  const { routes, table } = scene(2);
  let moves = 0;
  for (let now = 0; now < 60_000; now += 5) {
    table.replace(now % 10 === 0 ? [routeOver(0), routeOver(1)] : [routeOver(1), routeOver(0)]);
    if (!routes.handleTable(now)) continue;
    moves++;
    routes.handleAnswered(now);
  }
  expect(moves).toBeGreaterThan(2);
  expect(moves).toBeLessThanOrEqual(60_000 / PREFERENCE_MS);
});

test("a route that is gone or fenced is left at once, whatever it carries", () => {
  const { routes, table, switched, name } = scene(3);
  table.replace([routeOver(1), routeOver(2)]);
  expect(routes.handleTable(1)).toBe(true);
  routes.handleAnswered(2);
  table.replace([routeOver(1, { avoid: { why: "fenced" } }), routeOver(2)]);
  expect(routes.handleTable(3)).toBe(true);
  routes.handleAnswered(4);
  expect(name()).toBe("r2>d");
  expect(switched.map(({ reason }) => reason)).toEqual(["no_route", "fenced"]);
});

test("an attempt that fails leaves the choice to the next one, however long it takes", () => {
  const { routes, table, switched, name } = scene(2, { hasConnection: false });
  expect(routes.handleAttemptFailed("connection_refused", 100)).toBe(true);
  expect(name()).toBe("r1>d");
  expect(routes.nextTimeout(100)).toBe(Number.POSITIVE_INFINITY);
  expect(routes.handleAttemptFailed("timeout", 5_000), "both have failed").toBe(false);
  expect(routes.circles).toBe(1);
  routes.handleAnswered(6_000);
  expect(switched).toMatchObject([{ reason: "connection_refused", recoveryMs: 5_900 }]);
  expect(table.routes[0]!.failure, "a refusal is an answer").toBe(undefined);
});

test("of routes that attempts have left, those that have refused are not dead", () => {
  const { routes, table } = scene(3, { hasConnection: false });
  routes.handleAttemptFailed("timeout", 100);
  routes.handleAttemptFailed("connection_refused", 200);
  routes.handleAnswered(300);
  expect(table.routes.map(({ failure }) => failure?.reason)).toEqual(["timeout", undefined, undefined]);
});

test("a connection that has come up within a hunt, and gets no answer, has the hunt go on", () => {
  const { routes, connection, name } = scene(3, { hasConnection: false });
  routes.handleAttemptFailed("timeout", 100);
  connection.isThere = true;
  expect(routes.handleUnanswered(1_000, 2_000)).toBe(true);
  expect(name()).toBe("r2>d");
  expect(routes.nextTimeout(2_000)).toBe(2_320);
});

test("what comes long after nobody has wanted a connection any more is no recovery", () => {
  const { routes, switched, name } = scene(2, { hasConnection: false });
  routes.handleAttemptFailed("connection_refused", 100);
  routes.handleUnneeded();
  expect(routes.handleTimeout(100)).toBe(true);
  routes.handleAnswered(3_600_000);
  expect([name(), switched]).toEqual(["r0>d", []]);
});

test("a route whose link was down for a moment, and had no other, may have carried all since then", () => {
  const { routes, table, link, switched } = scene(2);
  link(1, false, 0);
  link(0, false, 100);
  link(0, true, 300);
  link(1, true, 400);
  for (const at of [5_000, 10_000, 15_000]) table.handleProbe(table.routes[1]!, true, at);
  expect(routes.handleTable(15_000)).toBe(true);
  routes.handleAnswered(15_010);
  expect(switched).toMatchObject([{ from: "r0>d", to: "r1>d", recoveryMs: 10 }]);
});

test("without a connection the route changes, and nothing is told", () => {
  const { routes, switched, link, name } = scene(2, { hasConnection: false });
  expect(link(0, false, 10)).toBe(true);
  expect(name()).toBe("r1>d");
  expect(routes.nextTimeout(10)).toBe(Number.POSITIVE_INFINITY);
  routes.handleAnswered(500);
  expect(switched).toEqual([]);
});

test("whatever happens: the route in use is one of the table, moves are bounded, and an answer ends a hunt", () => {
  const step = record({
    ms: integer({ min: 0, max: 2_000 }),
    what: constantFrom("down", "up", "unanswered", "answered", "failed", "replace", "probe", "nothing"),
    link: integer({ min: 0, max: 3 }),
  });
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const { routes, table, link } = scene(4);
      let now = 0;
      let moves = 0;
      const count = (isMoved: boolean): void => void (moves += Number(isMoved));
      for (const { ms, what, link: number } of steps) {
        now += ms;
        for (let i = 0; i < 10; i++) if (routes.nextTimeout(now) <= now) count(routes.handleTimeout(now));
        expect(routes.nextTimeout(now), "each timeout has an end").toBeGreaterThan(now);
        if (what === "down" || what === "up") count(link(number, what === "up", now));
        if (what === "unanswered") count(routes.handleUnanswered(1_000, now));
        if (what === "failed") count(routes.handleAttemptFailed("timeout", now));
        if (what === "probe") table.handleProbe(table.routes[number % table.routes.length]!, true, now);
        if (what === "replace") table.replace([0, 1, 2, 3].slice(number).map((each) => routeOver(each)));
        if (what === "replace") count(routes.handleTable(now));
        if (what === "answered") routes.handleAnswered(now);
        expect(table.routes).toContain(routes.route);
      }
      expect(moves).toBeLessThan(10 * steps.length + 10);
      routes.handleAnswered(now);
      expect(routes.circles).toBe(0);
    }),
    { numRuns: runs(2_000, 200) },
  );
});
