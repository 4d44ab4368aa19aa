/** Permits by shares: what leases of several organizations need at one relay, as records that it can read and carry. */
import { PERMIT_PAIRS_MAX, PERMIT_SETS_MAX, type PermitsBody } from "@florenetes/facts";
import { SHARES_PER_PAIR_MAX, type WorkloadClassName } from "@florenetes/forwarding";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partsOf } from "../src/permits-body.ts";
import { rateOf } from "../src/permits-check.ts";
import { FORMER_SHARE_MS, LEASE_RATE_MIN } from "../src/limits.ts";
import { Plan, type PlannedLease } from "../src/plan.ts";

const ROOM = { knowsShares: true, rate: 1_000_000_000 };
const route = { link: 1, labels: [1], via: ["h"], mtu: 1_400, cost: 0, why: [] };

type Changes = Partial<PlannedLease> & { readonly pairs?: readonly (readonly [number, number])[] };

function lease(id: string, { pairs = [[16, 17]], ...changes }: Changes = {}): PlannedLease {
  const joined = pairs.map(([from, to]) => ({ relay: "a", scope: "cluster", from, to }));
  const rest = { ends: 3_600_000, classes: ["reliable" as const], rate: 500 };
  return { id, ...rest, routes: [{ route, pairs: joined }], ...changes };
}

function planOf(leases: Readonly<Record<string, readonly PlannedLease[]>>): Plan {
  const plan = new Plan();
  for (const [slot, all] of Object.entries(leases)) for (const each of all) plan.add(slot, each);
  return plan;
}

/** Sets as `share: pairs`, with the classes where they are others than `reliable`. */
function setsOf(plan: Plan, terms = ROOM): Record<string, readonly (readonly number[])[]> {
  const { sets } = plan.permitsFor("a", terms).get("cluster") ?? { sets: [] };
  const nameOf = ({ classes, share = 0 }: PermitsBody["sets"][number]): string =>
    `${share}${classes.join() === "reliable" ? "" : ` ${classes.join(" ")}`}`;
  return Object.fromEntries(sets.map((set) => [nameOf(set), set.pairs]));
}

describe("the permits of a relay", () => {
  const two = planOf({
    a: [lease("1", { share: 7 })],
    b: [lease("1", { share: 7, rate: 100 })],
    c: [lease("1", { share: 9, classes: ["bulk"] })],
    d: [lease("1")],
  });

  test("are apart by shares and by classes", () => {
    expect(setsOf(two)).toEqual({ "0": [[16, 17, 500]], "7": [[16, 17, 600]], "9 bulk": [[16, 17, 500]] });
  });

  test("have no share where the relay knows none", () => {
    const sets = { "0 reliable bulk": [[16, 17, 1_600]] };
    expect(setsOf(two, { ...ROOM, knowsShares: false })).toEqual(sets);
  });

  test("say no more of an organization than its number", () => {
    const text = JSON.stringify([...two.permitsFor("a", ROOM)]);
    expect(
      text.match(/[a-z]{3,}/g)!.filter((word) => !/^(cluster|sets|classes|share|pairs|reliable|bulk)$/.test(word)),
    ).toEqual([]);
  });
});

describe("a lease whose share goes over to another one", () => {
  const turned = (): Plan => planOf({ a: [lease("1", { share: 7 }), lease("2", { share: 9 })] });
  const LOW = [[16, 17, LEASE_RATE_MIN]];

  test("is permitted its rate for both, where the relay carries that", () => {
    expect(setsOf(turned(), { ...ROOM, rate: 1_000 })).toEqual({ "7": [[16, 17, 500]], "9": [[16, 17, 500]] });
  });

  test("is permitted without share, where it does not", () => {
    expect(setsOf(turned(), { ...ROOM, rate: 999 })).toEqual({ "0": [[16, 17, 500]] });
  });

  test("counts once in the plan", () => {
    expect(turned().loadOf("a")).toBe(500);
  });

  test("keeps the former one for far ends that are quiet, at the lowest rate and for a while", () => {
    const plan = turned();
    plan.settle("a", "2", 1_000);
    expect([...plan.idsOf("a")]).toEqual(["2"]);
    expect(setsOf(plan)).toEqual({ "7": LOW, "9": [[16, 17, 500]] });
    expect(setsOf(plan, { ...ROOM, rate: 500 + LEASE_RATE_MIN - 1 })).toEqual({ "9": [[16, 17, 500]] });
    expect([...plan.shares]).toEqual([7, 9]);
    plan.settle("a", "2", 9_000);
    plan.expire(1_000 + FORMER_SHARE_MS);
    expect(setsOf(plan)).toEqual({ "9": [[16, 17, 500]] });
  });

  test("has packets without share pass for a while, where it had none before", () => {
    const plan = planOf({ a: [lease("1"), lease("2", { share: 9 })] });
    plan.settle("a", "2", 0);
    expect(setsOf(plan)).toEqual({ "0": LOW, "9": [[16, 17, 500]] });
  });

  test("leaves nothing behind where the next lease has the same share", () => {
    const plan = planOf({ a: [lease("1", { share: 7, pairs: [[18, 19]] }), lease("2", { share: 7 })] });
    plan.settle("a", "2", 0);
    expect([setsOf(plan), plan.size]).toEqual([{ "7": [[16, 17, 500]] }, 1]);
  });
});

test("a slot that turns without room takes each other one with one of its shares on that pair along", () => {
  const pair = { from: 16, to: 17, classes: ["reliable"], former: [] } as const;
  const turning = { ...pair, rate: 90_000, shares: [5, 6] };
  const others = [
    { ...pair, rate: 1_000, shares: [5] },
    { ...pair, rate: 1_000, shares: [7] },
    { ...pair, to: 18, rate: 1_000, shares: [5] },
  ];
  const parts = partsOf([turning, ...others], { knowsShares: true, rate: 93_000 });
  expect(parts.map(({ to, rate, share }) => [to, rate, share])).toEqual([
    [17, 90_000, 0],
    [17, 1_000, 0],
    [17, 1_000, 7],
    [18, 1_000, 5],
  ]);
});

test("no pair has permits for more shares than a vertex takes", () => {
  const leases = Array.from({ length: 100 }, (_, at) => [`s${at}`, [lease("1", { share: at + 1 })]] as const);
  const { sets } = planOf(Object.fromEntries(leases)).permitsFor("a", ROOM).get("cluster")!;
  expect(sets.filter(({ share }) => share !== undefined).length).toBe(SHARES_PER_PAIR_MAX);
  expect(sets[0]).toEqual({ classes: ["reliable"], pairs: [[16, 17, 36 * 500]] });
});

test("former leases take no place of others", () => {
  const plan = planOf({ a: [lease("1", { share: 7 }), lease("2", { share: 9 })] });
  expect(plan.size).toBe(2);
  plan.settle("a", "2", 0);
  expect([plan.size, Object.keys(setsOf(plan))]).toEqual([1, ["7", "9"]]);
  plan.clear("a");
  expect(plan.size).toBe(0);
});

describe("permits that are too many for one record", () => {
  const CLASSES: readonly WorkloadClassName[] = ["dns", "interactive", "reliable", "bulk", "droppable"];
  const many = (from: number, count: number): [number, number][] =>
    Array.from({ length: count }, (_, at) => [from + at, 1_048_575]);

  test("have all classes of a share for all its pairs, first", () => {
    const kinds = CLASSES.flatMap((one, at) => [[one], [one, CLASSES[(at + 1) % 5]!]]);
    const leases = kinds.flatMap((classes, at) =>
      Array.from({ length: 16 }, (_, share) => lease("1", { classes, share: share + 1, pairs: [[at, 2_000]] })),
    );
    const body = planOf(Object.fromEntries(leases.map((each, at) => [`s${at}`, [each]])))
      .permitsFor("a", ROOM)
      .get("cluster")!;
    expect(body.sets.map(({ share }) => share)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1));
    expect(body.sets[0]!.classes).toHaveLength(5);
  });

  test("leave those without a share of their own that have the most pairs", () => {
    const plan = planOf({
      a: [lease("1", { share: 7, pairs: many(0, 400) })],
      b: [lease("1", { share: 8, pairs: many(0, 100) })],
      c: [lease("1", { share: 9, pairs: many(0, 3) })],
    });
    const sets = setsOf(plan);
    expect(Object.entries(sets).map(([share, pairs]) => [share, pairs.length])).toEqual([["0", 400], ["9", 3]]); // prettier-ignore
    expect(sets["0"]![0]).toEqual([0, 1_048_575, 1_000]);
  });

  test("fit into a record whatever they are, and permit each pair of each share its rate, by itself or without share", () => {
    const planned = fc.record({
      slot: fc.nat(40),
      share: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }),
      first: fc.nat(400),
      count: fc.integer({ min: 1, max: 48 }),
      classes: fc.subarray([...CLASSES], { minLength: 1 }),
      rate: fc.integer({ min: LEASE_RATE_MIN, max: 1_000_000 }),
    });
    const wide = { slot: 1, share: 1, first: 0, count: 48, classes: CLASSES.slice(0, 2), rate: 1_000_000 };
    const crowd = Array.from({ length: 90 }, (_, at) => ({ ...wide, slot: at, share: at + 1, first: at }));
    let hasMerged = false;
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 120 }), fc.boolean(), (all, hasRoom) => {
        const plan = new Plan();
        for (const [at, { slot, share, first, count, ...rest }] of all.entries())
          plan.add(`s${slot}`, lease(String(at), { share, pairs: many(first, count), ...rest }));
        const rate = hasRoom ? ROOM.rate : 0;
        const body = plan.permitsFor("a", { knowsShares: true, rate }).get("cluster") ?? { sets: [] };
        const pairs = body.sets.flatMap((set) => set.pairs);
        expect(pairs.length).toBeLessThanOrEqual(PERMIT_PAIRS_MAX);
        expect(body.sets.length).toBeLessThanOrEqual(PERMIT_SETS_MAX);
        expect(JSON.stringify(body).length).toBeLessThanOrEqual(14_336);
        if (!hasRoom) expect(rateOf(body)).toBe(plan.loadOf("a"));
        const rateFor = (from: number, share: number): number =>
          body.sets.filter((set) => (set.share ?? 0) === share).reduce((sum, set) => sum + (set.pairs.find((pair) => pair[0] === from)?.[2] ?? 0), 0); // prettier-ignore
        for (const { share = 0, first, rate } of all) {
          const own = rateFor(first, share);
          if (own === 0) hasMerged = true;
          // A relay charges a share that has permits on the pair to these, and to nothing else.
          expect(own === 0 ? rateFor(first, 0) : own).toBeGreaterThanOrEqual(rate);
        }
      }),
      { examples: [[crowd, true]] },
    );
    expect(hasMerged).toBe(true);
  });
});
