import { RouteState, RouteSwitchReason } from "@florenetes/data-session";
import { expect, test } from "vitest";
import { RouteNews } from "../../src/sessions/route-news.ts";

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
