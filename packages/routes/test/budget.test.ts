/** Leases of an organization whose budget bounds their rates. */
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compose, type Composed, keep, lowestRate, type RateBudget } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { Plan } from "../src/plan.ts";
import { anyMesh, graphOf, link, RELAY, type TestLink, type TestNodes, WANT } from "./world.ts";

const OPTIONS = { weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
const NODES: TestNodes = { o: {}, h: {}, a: RELAY, b: RELAY };
const LINKS: TestLink[] = ["a", "b"].flatMap((relay) => [link("o", relay, 1), link(relay, "h", 1)]);
const graph = graphOf(NODES, LINKS);

const rateOf = (rate: number, budget?: RateBudget): number =>
  (compose({ ...WANT, rate }, { ...OPTIONS, graph, budget }) as Composed).rate;

describe("the rate of a lease under a budget", () => {
  test.each<[string, number, RateBudget, number]>([
    ["all that is wanted", 4_000, { most: 4_000, share: 4_000, others: 0 }, 4_000],
    ["a quarter, where all is not left", 4_000, { most: 3_999, share: 4_000, others: 1 }, 1_000],
    ["the lowest, where no more is left", 4_000, { most: 64, share: 4_000, others: 3_936 }, 64],
    ["less than the lowest, where no more is wanted", 10, { most: 10, share: 10, others: 0 }, 10],
    ["more, while all have a quarter of the part", 500, { most: 16_000, share: 16_000, others: 0 }, 4_000],
    ["no more, where others have their quarter", 500, { most: 12_000, share: 16_000, others: 4_000 }, 500],
  ])("is %s", (_, wanted, budget, rate) => expect(rateOf(wanted, budget)).toBe(rate));

  test("that is kept falls to what the budget leaves, over the same routes", () => {
    const want = { ...WANT, rate: 4_000 };
    const before = compose(want, { ...OPTIONS, graph }) as Composed;
    const options = { ...OPTIONS, graph, budget: { most: 2_000, share: 2_000, others: 0 } };
    const again = keep(want, before, compose(want, options) as Composed, options)!;
    expect(before.rate).toBeGreaterThan(2_000);
    expect(again.rate).toBe(1_000);
    expect(again.routes.map(({ route }) => route.via)).toEqual(before.routes.map(({ route }) => route.via));
  });
});

test("a budget never makes more possible: whatever is wanted, the lease has no more than it leaves, and none where there was none", () => {
  const arbitrary = fc.record({
    seed: fc.nat(),
    wanted: fc.integer({ min: 0, max: 200_000 }),
    share: fc.integer({ min: 64, max: 400_000 }),
    others: fc.integer({ min: 0, max: 400_000 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ seed, wanted, share, others }) => {
      const random = new Random(seed);
      const { nodes, links } = anyMesh(random, random.between(1, 5), random.between(3, 12));
      const any = { ...OPTIONS, graph: graphOf(nodes, links) };
      const want = { ...WANT, rate: wanted };
      const most = Math.max(lowestRate(wanted), share - others);
      const free = compose(want, any);
      const bound = compose(want, { ...any, budget: { most, share, others } });
      if (typeof bound === "string") return;
      expect(bound.rate).toBeLessThanOrEqual(most);
      // Less than what was wanted may be had where all of it could not.
      if (typeof free !== "string") expect(bound.rate).toBeLessThanOrEqual(free.rate);
    }),
    { numRuns: runs(500, 100) },
  );
});
