import { RouteState, RouteSwitchReason } from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { RouteNews, switchOf } from "../../src/sessions/route-news.ts";
import type { SwitchReason } from "../../src/transport/routes/switch-log.ts";

test("the first look is news, and then what has changed by more than it always does", () => {
  const news = new RouteNews("web");
  const up = { isUp: true, roundTripMs: 20.4, datagramSize: 1_200 };
  expect(news.told).toBeUndefined();
  expect(news.look(up)).toEqual({ state: RouteState.up, roundTripMs: 20, datagramSize: 1_200, service: "web" });
  expect(news.look(up)).toBeUndefined();
  expect(news.look({ ...up, roundTripMs: 24.4 })).toBeUndefined();
  expect(news.look({ ...up, roundTripMs: 25 })).toMatchObject({ roundTripMs: 25 });
  expect(news.look({ ...up, roundTripMs: 25, datagramSize: 1_100 })).toMatchObject({ datagramSize: 1_100 });
  expect(news.look({ isUp: false, roundTripMs: 25, datagramSize: 1_100 })).toMatchObject({ state: RouteState.down });
  expect(news.told).toMatchObject({ state: RouteState.down });
});

test("a millisecond more is none, however short the way is", () => {
  const news = new RouteNews("web");
  news.look({ isUp: true, roundTripMs: 0.4, datagramSize: 0 });
  expect(news.look({ isUp: true, roundTripMs: 1.4, datagramSize: 0 })).toBeUndefined();
  expect(news.look({ isUp: true, roundTripMs: 2, datagramSize: 0 })).toMatchObject({ roundTripMs: 2 });
});

test("a switch to another route is news, each once", () => {
  const news = new RouteNews("web");
  const up = { isUp: true, roundTripMs: 20, datagramSize: 1_200 };
  const switched = { count: 1, reason: RouteSwitchReason.timeout, recoveryMs: 1_300 };
  news.look(up);
  expect(news.look({ ...up, switched })).toMatchObject({ state: RouteState.up, switched });
  expect(news.look({ ...up, switched })).toBeUndefined();
  expect(news.look({ ...up, switched: { ...switched, count: 2 } })).toMatchObject({ switched: { count: 2 } });
});

test("switches of all trunks of a service count together, whichever of them is the fastest now", () => {
  const trunk = (switches: number, at: number, reason: SwitchReason, recoveryMs = 300) => {
    const lastSwitch = { from: "b>d", to: "c>d", reason, trafficClass: TrafficClass.reliable, at, recoveryMs };
    return { switches, lastSwitch };
  };
  const unmoved = { switches: 0, lastSwitch: undefined };
  expect(switchOf([unmoved])).toBe(undefined);
  const moved = [trunk(2, 50, "timeout"), unmoved, trunk(1, 70, "fenced"), trunk(1, 60, "no_route")];
  expect(switchOf(moved)).toEqual({ count: 4, reason: RouteSwitchReason.fenced, recoveryMs: 300 });
  expect(switchOf(moved.toReversed())).toEqual(switchOf(moved));
  expect(switchOf([trunk(1, 0, "timeout", 1e12)])).toMatchObject({ recoveryMs: 2 ** 32 - 1 });
});
