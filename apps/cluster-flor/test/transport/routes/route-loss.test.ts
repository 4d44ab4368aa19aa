import { expect, test } from "vitest";
import { LOSS_HALF_LIFE_MS, LOSS_SETTLE_MS } from "../../../src/transport/limits.ts";
import { type PacketCounts, RouteLoss } from "../../../src/transport/routes/route-loss.ts";
import { RouteTable } from "../../../src/transport/routes/route-table.ts";
import { routeOver } from "./routes.ts";

const { routes } = new RouteTable([routeOver(0), routeOver(1)], { isUp: () => true, random: () => 0.5 });
const [first, second] = [routes[0]!, routes[1]!];

/** A connection whose packets of each second are lost in part, in either direction. */
function connection(losses: RouteLoss) {
  const counts: { -readonly [Key in keyof PacketCounts]: number } = {
    packetsSent: 0,
    packetsLost: 0,
    packetsReceived: 0,
    newestPacket: -1,
  };
  const pass = (packets: number, { lost = 0, missing = 0 } = {}): void => {
    counts.packetsSent += packets;
    counts.packetsLost += lost;
    counts.newestPacket += packets;
    counts.packetsReceived += packets - missing;
  };
  return { pass, tell: (route = first, now = 0) => losses.handleCounts(pass, route, { ...counts }, now) };
}

test.each([
  ["sends", { lost: 100 }],
  ["gets", { missing: 100 }],
])("a tenth of what a connection %s is lost: that is told once, after a second look", (_, lost) => {
  const losses = new RouteLoss();
  const { pass, tell } = connection(losses);
  expect(tell(first, 0)).toBe(false);
  pass(1_000, lost);
  expect([tell(first, 1_000), losses.of(first, 1_000)]).toEqual([false, 0]);
  pass(1_000, lost);
  expect(tell(first, 2_000)).toBe(true);
  expect(losses.of(first, 2_000)).toBeCloseTo(0.1);
  pass(1_000, lost);
  expect(tell(first, 3_000)).toBe(false);
  expect(losses.of(second, 3_000)).toBe(0);
  let isWell = false;
  for (let now = 4_000; !isWell && now < 10 * LOSS_HALF_LIFE_MS; now += 1_000) {
    pass(1_000);
    isWell = tell(first, now);
  }
  expect(isWell).toBe(true);
});

test("too few packets tell nothing, and packets that overtake each other are not lost", () => {
  const losses = new RouteLoss();
  const { pass, tell } = connection(losses);
  tell();
  pass(99, { missing: 50 });
  expect(tell(first, 1_000)).toBe(false);
  pass(10_000, { missing: -50 });
  expect([tell(first, 2_000), losses.of(first, 2_000)]).toEqual([false, 0]);
});

test("what was under way when a connection left a route is lost on neither", () => {
  const losses = new RouteLoss();
  const { pass, tell } = connection(losses);
  tell();
  pass(1_000, { lost: 1_000, missing: 1_000 });
  expect(tell(second, 1_000)).toBe(false);
  pass(1_000, { lost: 900 });
  expect(tell(second, 2_000)).toBe(false);
  pass(1_000);
  tell(second, 1_000 + LOSS_SETTLE_MS);
  expect([losses.of(first, 4_000), losses.of(second, 4_000)]).toEqual([0, 0]);
});

test("a peer that numbers its packets as it likes makes a share of at most all", () => {
  const losses = new RouteLoss();
  const { tell } = connection(losses);
  const counts = { packetsSent: 0, packetsLost: 0, packetsReceived: 0 };
  tell();
  losses.handleCounts(counts, first, { ...counts, newestPacket: 0 }, 0);
  for (const now of [1_000, 2_000]) losses.handleCounts(counts, first, { ...counts, newestPacket: now * 2 ** 50 }, now);
  expect(losses.of(first, 2_000)).toBe(1);
});
