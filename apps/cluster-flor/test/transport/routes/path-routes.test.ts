import { Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { defaultLimits, ROUTE_PROBE_MS } from "../../../src/transport/limits.ts";
import { PathRoutes } from "../../../src/transport/paths/path-routes.ts";
import { routeOver } from "./routes.ts";

/** The routes of a path over links that are up until a test says otherwise. What the path asks of its owner is kept. */
function scene() {
  const random = new Random(3);
  const down = new Set<number>();
  const listening = new Set<object>();
  const deadlines = new Map<object, number>();
  const sent: number[] = [];
  const packetOrigin = {
    isUp: (link: number) => !down.has(link),
    mtu: () => 1_400,
    preferredMtu: () => 1_400,
    sendFromHere: (link: number) => void sent.push(link),
  };
  const routes = new PathRoutes([routeOver(0), routeOver(1)], {
    limits: defaultLimits,
    packetOrigin: packetOrigin as never,
    newId: () => ({ idHigh: random.below(2 ** 32), idLow: random.below(2 ** 32) }),
    users: [],
    out: new Uint8Array(16_384),
    setDeadline: (sleeper, deadline) => {
      sleeper.deadline = deadline;
      if (deadline === Number.POSITIVE_INFINITY) deadlines.delete(sleeper);
      else deadlines.set(sleeper, deadline);
    },
    listen: (owner, isListening) => void (isListening ? listening.add(owner) : listening.delete(owner)),
    onRouteNews: () => {},
  });
  return { routes, random, down, listening, deadlines, sent };
}

test("a thousand orders leave nothing behind", () => {
  const { routes, random, down, listening, deadlines } = scene();
  routes.start(0);
  for (let now = 0; now < 1_000; now++) {
    const left = [0, 1, 2, 3].filter(() => random.chance(0.6));
    routes.replace(
      (left.length > 0 ? left : [0]).map((link) => routeOver(link, { labels: [random.below(3) + 16, 900] })),
      now,
    );
    const link = random.below(4);
    if (down.has(link)) down.delete(link);
    else down.add(link);
    routes.handleLink(link, now);
  }
  expect(listening.size).toBeLessThanOrEqual(8);
  expect(deadlines.size).toBeLessThanOrEqual(8);
  routes.stop();
  expect([listening.size, deadlines.size]).toEqual([0, 0]);
});

test("a failed route is asked each five seconds while the path is used, and a path without users asks nothing", () => {
  const { routes, deadlines, sent } = scene();
  const [first] = routes.table.routes;
  routes.start(0);
  routes.table.fail(first!, "timeout", 0);
  const before = sent.length;
  routes.handleNews(0);
  routes.handleNews(1);
  expect(sent.slice(before)).toEqual([0]);
  expect([...deadlines.values()]).toContain(ROUTE_PROBE_MS);
  routes.stop();
  expect(deadlines.size).toBe(0);
  const after = sent.length;
  routes.handleLink(0, 2);
  routes.replace([routeOver(2)], 3);
  expect([sent.length, deadlines.size]).toEqual([after, 0]);
});
