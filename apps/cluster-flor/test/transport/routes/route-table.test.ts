import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { SWITCHES_KEPT } from "../../../src/transport/limits.ts";
import { SwitchLog } from "../../../src/transport/routes/switch-log.ts";
import { routeOver, tableOf } from "./routes.ts";

const { reliable, bulk } = TrafficClass;

test("the first good route is preferred, and one that was lost only after a minute", () => {
  const { table, down } = tableOf(2);
  const [first, second] = table.routes;
  expect(table.preferred(reliable, undefined, 0)).toBe(first);
  down.add(0);
  expect(table.handleLink(0, 1_000)).toBe(true);
  expect(table.handleLink(0, 1_001), "it is known").toBe(false);
  expect(first!.failure).toEqual({ reason: "peer_unavailable", at: 1_000 });
  expect(table.preferred(reliable, first, 1_000)).toBe(second);
  down.clear();
  expect(table.handleLink(0, 2_000)).toBe(true);
  expect(table.preferred(reliable, second, 2_000), "a link that is up says nothing of the rest").toBe(second);
  expect([true, true, false, true, true].map((is) => table.handleProbe(first!, is, 3_000))).not.toContain(true);
  expect(table.handleProbe(first!, true, 10_000)).toBe(true);
  expect(table.preferred(reliable, second, 10_000)).toBe(second);
  expect(table.nextPreference(10_000)).toBe(70_000);
  expect(table.preferred(reliable, second, 69_999)).toBe(second);
  expect(table.preferred(reliable, second, 70_000)).toBe(first);
});

test("the only route is good again as soon as its first link is up", () => {
  const { table, down } = tableOf(1);
  const [only] = table.routes;
  for (const reason of ["peer_unavailable", "timeout"] as const) {
    if (reason === "timeout") table.fail(only!, reason, 0);
    down.add(0);
    table.handleLink(0, 1_000);
    expect(only!.failure).toMatchObject({ reason });
    down.clear();
    expect(table.handleLink(0, 2_000)).toBe(true);
    expect(only!.failure).toBeUndefined();
  }
});

test("a connection that is left without a route takes one that was lost before it is preferred again", () => {
  const { table } = tableOf(2);
  const [first, second] = table.routes;
  for (const route of table.routes) table.fail(route, "timeout", 0);
  expect(table.preferred(reliable, first, 0)).toBe(undefined);
  expect(table.fallback(reliable, new Set([first!]))).toBe(second);
  expect(table.handleProven(second!, 500)).toBe(true);
  expect(table.handleProven(second!, 501), "it is good already").toBe(false);
  expect(table.preferred(reliable, first, 500)).toBe(second);
  expect(table.handleProbe(first!, true, 600)).toBe(false);
  table.handleProven(first!, 600);
  expect(table.preferred(reliable, second, 600), "both were lost: the present one is as good").toBe(second);
});

test("classes leave a route that is limited for them, and none uses one that is fenced", () => {
  const { table } = tableOf(2);
  const limited = { why: "capacity_limited", classes: new Set([bulk]) } as const;
  table.replace([routeOver(0, { avoid: limited }), routeOver(1)]);
  const [first, second] = table.routes;
  expect(table.preferred(reliable, undefined, 0)).toBe(first);
  expect(table.preferred(bulk, undefined, 0)).toBe(second);
  table.fail(second!, "timeout", 0);
  expect(table.preferred(bulk, undefined, 0), "there is no other").toBe(first);
  table.replace([routeOver(0, { avoid: { why: "fenced" } }), routeOver(1)]);
  expect(table.preferred(reliable, undefined, 0)).toBe(undefined);
  expect(table.fallback(reliable, new Set())).toBe(second);
});

test("a route that stays keeps its state, and one that goes is known to be gone", () => {
  const { table } = tableOf(2);
  const [first, second] = table.routes;
  table.fail(second!, "timeout", 7);
  table.replace([routeOver(1, { name: "r1>d", share: 7 }), routeOver(2)]);
  expect(table.routes[0], "whatever its share").toBe(second);
  expect(second!.share).toBe(7);
  expect(second!.failure).toEqual({ reason: "timeout", at: 7 });
  expect([first!.isGone, second!.isGone]).toEqual([true, false]);
});

test("switches are counted by reason, and the last ones are kept", () => {
  const log = new SwitchLog();
  const add = (at: number, reason: "timeout" | "fenced", recoveryMs: number): void =>
    log.add({ from: "b>d", to: "c>d", reason, trafficClass: reliable, at, recoveryMs });
  for (let at = 0; at < 20; at++) add(at, "timeout", at);
  add(20, "fenced", 3);
  expect([...log.figures()]).toEqual([
    ["timeout", { switches: 20, lastMs: 19, meanMs: 9.5, longestMs: 19 }],
    ["fenced", { switches: 1, lastMs: 3, meanMs: 3, longestMs: 3 }],
  ]);
  expect(log.last.map(({ at }) => at)).toEqual(Array.from({ length: SWITCHES_KEPT }, (_, i) => i + 5));
});
