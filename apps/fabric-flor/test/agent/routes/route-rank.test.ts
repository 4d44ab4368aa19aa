import { describe, expect, test } from "vitest";
import { RouteRank, type RankedRoute } from "../../../src/agent/routes/route-rank.ts";

const MINUTE = 60_000;

interface Plan {
  /** The route that connections use. */
  readonly inUse: string;
  readonly roundTripMs?: number;
  readonly loss?: number;
  /** Round trips of routes as their lease has them, in milliseconds. */
  readonly leased?: Readonly<Record<string, number>>;
  readonly failed?: readonly string[];
  /** The route in use is full of the node's own traffic. */
  readonly isFilled?: boolean;
}

function routesOf({
  inUse,
  roundTripMs = 10,
  loss = 0,
  leased = { r: 10, s: 10 },
  failed = [],
  isFilled = false,
}: Plan): RankedRoute[] {
  return Object.entries(leased).map(([name, ms]) => ({
    name,
    why: [{ of: "round-trip", value: 10 * ms, cost: 100 * ms }],
    seen: {
      path: "auto.web.h",
      route: name,
      inUse: name === inUse ? ["reliable"] : [],
      failure: failed.includes(name) ? "timeout" : null,
      measured: name === inUse ? { roundTripMs, loss } : null,
      rate: 0,
    },
    isFilled: name === inUse && isFilled,
  }));
}

/** Looks once in 5 s, so many times. Returns at which look another route was preferred. */
function looks(rank: RouteRank, plan: Plan, from: number, count = 4): number | undefined {
  for (let look = 0; look < count; look++) if (rank.look(routesOf(plan), from + 5_000 * look)) return look + 1;
  return undefined;
}

const order = (rank: RouteRank): string[] => rank.order(["r", "s"].map((name) => [name, name] as const));

describe("another route is preferred", () => {
  test("at the third look at one that loses a tenth, though its relay says that all is well", () => {
    const rank = new RouteRank();
    expect(looks(rank, { inUse: "r", loss: 0.1 }, 0)).toBe(3);
    expect(order(rank)).toEqual(["s", "r"]);
    expect(rank.measured("r", 10_000)).toMatchObject({ loss: 0.1 });
    expect(rank.measured("s", 10_000)).toBeUndefined();
  });

  test("and not where the node itself fills the route that loses, also where its first losses were seen before", () => {
    const rank = new RouteRank();
    expect(looks(rank, { inUse: "r", loss: 0.1 }, 0, 2)).toBeUndefined();
    expect(looks(rank, { inUse: "r", loss: 0.1, isFilled: true }, 10_000, 20)).toBeUndefined();
    expect(rank.measured("r", 60_000)).toBeUndefined();
  });

  test("and stays so while the figures of the first one count, also where nothing is known of either any more", () => {
    const rank = new RouteRank();
    looks(rank, { inUse: "r", loss: 0.1 }, 0);
    expect(looks(rank, { inUse: "s" }, MINUTE, 400)).toBeUndefined();
    expect(order(rank)).toEqual(["s", "r"]);
  });

  test("where it was measured to be 20 % and 5 ms better, at most once in a minute", () => {
    const measured = (ms: number): RouteRank => {
      const rank = new RouteRank();
      rank.look(routesOf({ inUse: "s", roundTripMs: ms }), 0);
      return rank;
    };
    expect(looks(measured(40), { inUse: "r", roundTripMs: 50 }, MINUTE)).toBe(3);
    expect(looks(measured(41), { inUse: "r", roundTripMs: 50 }, MINUTE)).toBeUndefined();
    expect(looks(measured(5), { inUse: "r", roundTripMs: 9 }, MINUTE)).toBeUndefined();
    const rank = measured(10);
    expect(looks(rank, { inUse: "r", roundTripMs: 100 }, MINUTE)).toBe(3);
    expect(looks(rank, { inUse: "s", roundTripMs: 1_000 }, MINUTE + 15_000, 2)).toBeUndefined();
    expect(rank.isHeldBack).toBe(false);
    expect(looks(rank, { inUse: "s", roundTripMs: 1_000 }, MINUTE + 25_000, 7)).toBeUndefined();
    expect(rank.isHeldBack).toBe(true);
    expect(looks(rank, { inUse: "s", roundTripMs: 1_000 }, 2 * MINUTE + 10_000)).toBe(1);
    expect(rank.isHeldBack).toBe(false);
  });

  test("not for what is in the way on any route, for loss of congestion, for a look that was better, or for one that has failed", () => {
    expect(looks(new RouteRank(), { inUse: "r", roundTripMs: 500 }, 0)).toBeUndefined();
    expect(looks(new RouteRank(), { inUse: "r", loss: 0.019 }, 0)).toBeUndefined();
    expect(looks(new RouteRank(), { inUse: "r", loss: 0.1, failed: ["s"] }, 0)).toBeUndefined();
    const rank = new RouteRank();
    looks(rank, { inUse: "r", loss: 0.1 }, 0, 2);
    looks(rank, { inUse: "r" }, 10_000, 1);
    expect(looks(rank, { inUse: "r", loss: 0.1 }, 15_000, 2)).toBeUndefined();
  });

  test("by views that were read, and not by the same one again and again", () => {
    const rank = new RouteRank();
    for (let call = 0; call < 100; call++) expect(rank.look(routesOf({ inUse: "r", loss: 0.1 }), 0)).toBe(false);
    for (let ms = 1; ms < 5_000; ms += 50) expect(rank.look(routesOf({ inUse: "r", loss: 0.1 }), ms)).toBe(false);
    expect(rank.looksAt).toBe(5_000);
    rank.look(routesOf({ inUse: "r" }), 5_000);
    expect(rank.looksAt).toBe(Number.POSITIVE_INFINITY);
  });
});
