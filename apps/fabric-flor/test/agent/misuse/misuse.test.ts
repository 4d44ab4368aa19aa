/** Misuse is counted by nodes, neighbours and organizations, and whoever is beyond a limit is slowed: nobody else. */
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CHURN_PAUSE_MS,
  LOOK_PAUSE_MS,
  MOST,
  NAMES_MAX,
  ORGANIZATIONS_COUNTED_MAX,
  PART_MS,
  PARTS,
  QUIET_MOST,
  REMEMBERED_MS,
  SLOWED_MS,
} from "../../../src/agent/misuse/limits.ts";
import { Misuse } from "../../../src/agent/misuse/misuse.ts";

const HOUR = 3_600_000;
const NODE_MOST = MOST["route-churn"].node!;
const ORGANIZATION_MOST = MOST["route-churn"].organization!;
const at = (now: number) => ({ now, wall: now });

/** Has nodes of one organization do something, each so often. */
function churn(misuse: Misuse, organization: string, counts: Readonly<Record<string, number>>, now: number): void {
  for (const [node, count] of Object.entries(counts))
    for (let done = 0; done < count; done++) misuse.countNode("route-churn", node, organization, at(now));
}

const isSlowed = (misuse: Misuse, node: string, now: number, organization = "acme"): boolean =>
  misuse.isNodeSlowed("route-churn", node, organization, at(now));

function newsOf(misuse: Misuse): readonly string[] {
  const all: string[] = [];
  for (let news = misuse.pollNews(); news !== undefined; news = misuse.pollNews())
    all.push(`${news.code} ${news.about["node"] ?? news.about["neighbour"] ?? news.about["organization"]}`);
  return all;
}

describe("a node", () => {
  test("is slowed beyond its limit, for so long behind the last time, and told of once", () => {
    const misuse = new Misuse();
    churn(misuse, "acme", { a: NODE_MOST, b: 1 }, 1_000);
    expect(isSlowed(misuse, "a", 1_000)).toBe(false);
    churn(misuse, "acme", { a: 1 }, 2_000);
    churn(misuse, "acme", { a: 1 }, 3_000);
    expect([isSlowed(misuse, "a", 3_000), isSlowed(misuse, "b", 3_000)]).toEqual([true, false]);
    expect(misuse.nextTimeout()).toBe(3_000 + SLOWED_MS);
    expect(newsOf(misuse)).toEqual(["MISUSE_SLOWED a"]);
    expect(misuse.shown(at(3_000))).toMatchObject([
      {
        of: "route-churn",
        by: "node",
        name: "a",
        count: NODE_MOST + 2,
        most: NODE_MOST,
        since: 2_000,
        slowedMs: 1_000,
      },
      { by: "organization", name: "acme", count: NODE_MOST + 1 },
      { name: "b", count: 1, since: undefined, slowedUntil: undefined },
    ]);
    misuse.advance(at(3_000 + SLOWED_MS));
    expect(isSlowed(misuse, "a", 3_000 + SLOWED_MS)).toBe(false);
    expect(newsOf(misuse)).toEqual(["MISUSE_OVER a"]);
    expect(misuse.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("that goes on is slowed on, and what it did an hour ago counts no more", () => {
    const misuse = new Misuse();
    churn(misuse, "acme", { a: NODE_MOST + 1 }, 0);
    for (let now = 0; now < 10 * HOUR; now += 6_000) {
      churn(misuse, "acme", { a: 1 }, now);
      expect(isSlowed(misuse, "a", now)).toBe(true);
    }
    expect(misuse.shown(at(10 * HOUR)).find(({ name }) => name === "a")!.slowedMs).toBe(10 * HOUR);
    expect(newsOf(misuse)).toEqual(["MISUSE_SLOWED a"]);
    const later = 12 * HOUR;
    churn(misuse, "acme", { a: NODE_MOST }, later);
    expect(isSlowed(misuse, "a", later)).toBe(false);
  });

  test("was slowed for so long within a day, and none of it counts a day later", () => {
    const misuse = new Misuse();
    churn(misuse, "acme", { a: NODE_MOST + 1 }, 0);
    const slowedMs = (now: number): number | undefined => {
      misuse.advance(at(now));
      return misuse.shown(at(now)).find(({ name }) => name === "a")?.slowedMs;
    };
    expect([SLOWED_MS / 2, HOUR, REMEMBERED_MS + SLOWED_MS / 4].map(slowedMs)).toEqual([
      SLOWED_MS / 2,
      SLOWED_MS,
      (3 * SLOWED_MS) / 4,
    ]);
    expect(slowedMs(REMEMBERED_MS + SLOWED_MS)).toBe(undefined);
  });

  test("that is slowed is looked at once in a while", () => {
    const misuse = new Misuse();
    const by = { by: "neighbour", name: "n" } as const;
    for (let done = 0; done <= MOST.joins.neighbour!; done++) {
      expect(misuse.mayLook("joins", by, at(0))).toBe(true);
      misuse.count("joins", by, at(0));
    }
    const looks = [0, 1, LOOK_PAUSE_MS - 1, LOOK_PAUSE_MS, 2 * LOOK_PAUSE_MS, 2 * LOOK_PAUSE_MS + 1];
    expect(looks.map((now) => misuse.mayLook("joins", by, at(now)))).toEqual([true, false, false, true, true, false]);
    expect(misuse.heldBack.get("joins")).toBe(3);
    expect(misuse.mayLook("joins", { by: "neighbour", name: "other" }, at(1))).toBe(true);
    expect(misuse.mayLook("authentication", by, at(1))).toBe(true);
  });
});

describe("an organization", () => {
  test("is slowed by its nodes together, and its quiet nodes notice nothing", () => {
    const misuse = new Misuse();
    const loud = Object.fromEntries(
      Array.from({ length: ORGANIZATION_MOST / NODE_MOST }, (_, place) => [`n${place}`, NODE_MOST]),
    );
    churn(misuse, "acme", loud, 0);
    expect(isSlowed(misuse, "n0", 0)).toBe(false);
    churn(misuse, "acme", { quiet: QUIET_MOST }, 0);
    expect([isSlowed(misuse, "n0", 0), isSlowed(misuse, "quiet", 0), isSlowed(misuse, "n0", 0, "other")]).toEqual([
      true,
      false,
      false,
    ]);
    churn(misuse, "acme", { quiet: 1 }, 0);
    expect(isSlowed(misuse, "quiet", 0)).toBe(true);
    expect(newsOf(misuse)).toEqual(["MISUSE_SLOWED acme"]);
  });

  test("is not slowed by one noisy node, which is slowed itself before", () => {
    const misuse = new Misuse();
    churn(misuse, "acme", { noisy: 10 * ORGANIZATION_MOST, other: NODE_MOST }, 0);
    expect([isSlowed(misuse, "noisy", 0), isSlowed(misuse, "other", 0)]).toEqual([true, false]);
    expect(misuse.shown(at(0)).find(({ by }) => by === "organization")).toMatchObject({
      count: 2 * NODE_MOST,
      slowedUntil: undefined,
    });
  });
});

describe("a flood of names", () => {
  test("frees nobody who is slowed, and lets those go first that were never slowed", () => {
    const misuse = new Misuse();
    churn(misuse, "acme", { slowed: NODE_MOST + 1, busy: NODE_MOST }, 0);
    const flood = (prefix: string, now: number, count = NAMES_MAX): void =>
      churn(misuse, "acme", Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 1])), now);
    flood("x", 1);
    expect(isSlowed(misuse, "slowed", 1)).toBe(true);
    const nodes = (now: number): readonly string[] =>
      misuse.shown(at(now)).flatMap(({ by, name }) => (by === "node" ? [name] : []));
    expect([nodes(1).length, nodes(1).includes("busy"), nodes(1)[0]]).toEqual([NAMES_MAX, false, "slowed"]);
    misuse.advance(at(SLOWED_MS));
    flood("y", SLOWED_MS);
    expect(nodes(SLOWED_MS)[0]).toBe("slowed");
  });

  test("of organizations ends at its bound, and where all are slowed another one is not counted", () => {
    const misuse = new Misuse();
    const most = MOST.joins.organization!;
    const count = (name: string, times: number): void => {
      for (let done = 0; done < times; done++) misuse.count("joins", { by: "organization", name }, at(0));
    };
    for (let place = 0; place < ORGANIZATIONS_COUNTED_MAX; place++) count(`o${place}`, most + 1);
    count("other", 2 * most);
    expect(misuse.isSlowed("joins", { by: "organization", name: "other" }, at(0))).toBe(false);
    expect(misuse.shown(at(0)).length).toBe(ORGANIZATIONS_COUNTED_MAX);
    expect(misuse.slowed().get("joins")).toBe(ORGANIZATIONS_COUNTED_MAX);
  });
});

/** Something that a node does, behind a pause. */
const doings = fc.array(
  fc.record({
    node: fc.constantFrom("honest", "quiet", "noisy", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"),
    times: fc.integer({ min: 1, max: 900 }),
    pauseMs: fc.integer({ min: 0, max: 2 * PART_MS }),
  }),
  { maxLength: 60 },
);

test("a node within its limits is never slowed, whatever others do, and no count is above what was done", () => {
  fc.assert(
    fc.property(doings, (all) => {
      const misuse = new Misuse();
      const done: { node: string; now: number; times: number }[] = [];
      let now = 0;
      for (const { node, times, pauseMs } of all) {
        now += pauseMs;
        const within = (name: string): number =>
          done.filter((each) => each.node === name && each.now > now - HOUR).reduce((sum, each) => sum + each.times, 0);
        // The honest one has an organization of its own, the quiet one that of all others.
        const left =
          node === "honest" ? NODE_MOST - within(node) : node === "quiet" ? QUIET_MOST - within(node) : times;
        const counted = Math.min(times, Math.max(0, left));
        churn(misuse, node === "honest" ? "own" : "acme", { [node]: counted }, now);
        done.push({ node, now, times: counted });
        expect(isSlowed(misuse, "honest", now, "own")).toBe(false);
        expect(isSlowed(misuse, "quiet", now)).toBe(false);
        for (const shown of misuse.shown(at(now)))
          if (shown.by === "node") expect(shown.count).toBeLessThanOrEqual(within(shown.name));
      }
    }),
    { numRuns: runs(500, 50) },
  );
});

test("parts of an hour are an hour, and what is done later is done soon enough", () => {
  expect(PARTS * PART_MS).toBe(HOUR);
  expect(Math.max(CHURN_PAUSE_MS, LOOK_PAUSE_MS)).toBeLessThan(SLOWED_MS);
});
