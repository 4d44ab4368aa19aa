/** When bulk leaves a route that it crowds, and when it may come back. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPORT_AGAIN_MS } from "../../../src/agent/limits.ts";
import { type CrowdedRoute, CrowdedRoutes } from "../../../src/agent/routes/crowded-routes.ts";

const RATE = 8_000;
const MINUTE = 60_000;
const BOTH = ["interactive", "bulk"];

function route(name: string, inUse: readonly string[], rate = 0, failure: string | null = null): CrowdedRoute {
  return { route: name, inUse, failure, rate };
}

/** Looks twice, as far apart as an agent does: a burst moves nothing. */
function lookTwice(crowded: CrowdedRoutes, routes: readonly CrowdedRoute[], now = 0): boolean {
  expect(crowded.look(routes, RATE, now)).toBe(false);
  return crowded.look(routes, RATE, now + REPORT_AGAIN_MS);
}

/** Bulk has crowded route b, and has gone over to c. */
function moved(): CrowdedRoutes {
  const crowded = new CrowdedRoutes();
  expect(lookTwice(crowded, [route("b", BOTH, RATE), route("c", [])])).toBe(true);
  return crowded;
}

describe("bulk", () => {
  test.each<[string, readonly CrowdedRoute[], boolean]>([
    ["fills a route that interactive uses, too", [route("b", BOTH, 0.7 * RATE), route("c", [])], true],
    ["does so on the second one of the lease", [route("c", []), route("b", BOTH, RATE)], true],
    ["does not fill it", [route("b", BOTH, 0.69 * RATE), route("c", [])], false],
    ["is alone there", [route("b", ["bulk"], RATE), route("c", ["interactive"])], false],
    ["is not there: another class fills it", [route("b", ["interactive", "reliable"], RATE), route("c", [])], false],
    ["has no other route", [route("b", BOTH, RATE)], false],
    ["has but a failed one", [route("b", BOTH, RATE), route("c", [], 0, "timeout")], false],
    ["is on a route that has failed", [route("b", BOTH, RATE, "timeout"), route("c", [])], false],
  ])("%s", (_, routes, isMoved) => {
    const crowded = new CrowdedRoutes();
    expect(lookTwice(crowded, routes)).toBe(isMoved);
    expect(crowded.avoids("b")).toBe(isMoved);
    expect(crowded.avoids("c")).toBe(false);
  });

  test("stays away while it takes as much elsewhere, and a minute of less brings it back", () => {
    const crowded = moved();
    const apart = (rate: number): CrowdedRoute[] => [route("b", ["interactive"], 80), route("c", ["bulk"], rate)];
    let now = REPORT_AGAIN_MS;
    const looks = (rate: number, forMs: number): boolean[] => {
      const seen: boolean[] = [];
      for (const end = now + forMs; now < end; seen.push(crowded.look(apart(rate), RATE, now))) now += REPORT_AGAIN_MS;
      return seen;
    };
    expect([...looks(RATE, 10 * MINUTE), ...looks(0, MINUTE / 2), ...looks(RATE, MINUTE)]).not.toContain(true);
    expect(looks(0, MINUTE)).not.toContain(true);
    expect([crowded.avoids("b"), crowded.looksAt, crowded.size]).toEqual([true, now + REPORT_AGAIN_MS, 1]);
    expect(looks(0, REPORT_AGAIN_MS)).toEqual([true]);
    expect([crowded.avoids("b"), crowded.looksAt, crowded.size]).toEqual([false, Number.POSITIVE_INFINITY, 0]);
  });

  test("is kept away from no route that the lease does not have any more", () => {
    const crowded = moved();
    expect(crowded.look([route("c", BOTH), route("d", [])], RATE, MINUTE)).toBe(true);
    expect(crowded.avoids("b")).toBe(false);
  });

  test("goes to where the other classes were when they have come to where it is", () => {
    const crowded = moved();
    expect(lookTwice(crowded, [route("b", []), route("c", BOTH, RATE)], MINUTE)).toBe(true);
    expect([crowded.avoids("b"), crowded.avoids("c")]).toEqual([false, true]);
  });

  test("that fills its route for a moment stays", () => {
    const crowded = new CrowdedRoutes();
    for (let look = 0; look < 20; look++) {
      const rate = look % 2 === 0 ? RATE : 0;
      expect(crowded.look([route("b", BOTH, rate), route("c", [])], RATE, look * REPORT_AGAIN_MS)).toBe(false);
    }
  });
});

test("a route that was crowded, by whatever class, says nothing of its relays for a minute", () => {
  const crowded = new CrowdedRoutes();
  crowded.look([route("b", ["reliable"], RATE), route("c", [], 0)], RATE, 0);
  expect([crowded.isFilled("b", MINUTE - 1), crowded.isFilled("b", MINUTE), crowded.isFilled("c", 0)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("there is another look in five seconds while bulk is beside others, and else none", () => {
  const crowded = new CrowdedRoutes();
  crowded.look([route("b", ["interactive"], RATE)], RATE, 7);
  expect(crowded.looksAt).toBe(Number.POSITIVE_INFINITY);
  crowded.look([route("b", BOTH)], RATE, 7);
  expect(crowded.looksAt).toBe(7 + REPORT_AGAIN_MS);
});

test("whatever is seen, a good route that is not avoided is left, and it changes seldom", () => {
  const anyRoute = fc.record({
    inUse: fc.subarray(["interactive", "bulk", "reliable"]),
    failure: fc.constantFrom(null, null, "timeout"),
    rate: fc.integer({ min: 0, max: 2 * RATE }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anyRoute, { minLength: 1, maxLength: 4 }), { maxLength: 60 }), (looks) => {
      const crowded = new CrowdedRoutes();
      let changes = 0;
      looks.forEach((seen, at) => {
        const routes = seen.map((each, place) => ({ ...each, route: `r${place}` }));
        const before = routes.filter(({ route: name }) => crowded.avoids(name)).map(({ route: name }) => name);
        if (!crowded.look(routes, RATE, at * REPORT_AGAIN_MS)) return;
        changes++;
        const avoided = routes.filter(({ route: name }) => crowded.avoids(name)).map(({ route: name }) => name);
        // A change that keeps bulk away from one more leaves it a good one.
        if (avoided.some((name) => !before.includes(name)))
          expect(routes.some((each) => each.failure === null && !avoided.includes(each.route))).toBe(true);
      });
      // Each route is avoided once in a minute at most, and let in again.
      const minutes = 1 + (looks.length * REPORT_AGAIN_MS) / MINUTE;
      expect(changes).toBeLessThanOrEqual(2 * 4 * minutes + looks.filter(({ length }) => length < 4).length);
    }),
  );
});
