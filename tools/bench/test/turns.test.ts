import { describe, expect, it } from "vitest";
import { USUAL_PLACE } from "../src/place.ts";
import { FULL, QUICK } from "../src/plan.ts";
import { emptyResult, type SystemResult } from "../src/system-result.ts";
import { type Entry, measureInTurns } from "../src/turns.ts";
import { resultOf } from "./results.ts";

const entryOf = (key: string, plan = FULL): Entry => ({
  key,
  open: () => Promise.reject(new Error("nothing is raised here")),
  place: USUAL_PLACE,
  plan,
});

describe("systems that are compared", () => {
  it("take turns, and every other turn goes back", async () => {
    const steps: string[] = [];
    const results = await measureInTurns([entryOf("one"), entryOf("two", QUICK)], async ({ key, plan }, turn) => {
      steps.push(`${key} ${turn}, ${plan.repeats} time`);
      return resultOf(key, { "Mbit/s, 1": [turn] });
    });
    expect(steps).toEqual(["one 0, 1 time", "two 0, 1 time", "one 1, 1 time", "one 2, 1 time"]);
    expect(results.map(({ key, figures }) => [key, figures])).toEqual([
      ["one", { "Mbit/s, 1": [0, 1, 2] }],
      ["two", { "Mbit/s, 1": [0] }],
    ]);
  });

  it("keep what one turn has found when another one fails, and a problem is told once", async () => {
    const failed: SystemResult = { ...emptyResult("one", USUAL_PLACE), problems: ["it could not be raised"] };
    const [result] = await measureInTurns([entryOf("one")], async (_, turn) =>
      turn === 1 ? resultOf("one", { "Mbit/s, 1": [7] }) : { ...failed, problems: [...failed.problems] },
    );
    const found = { description: { name: "one" }, links: 3, figures: { "Mbit/s, 1": [7] } };
    expect(result).toMatchObject({ ...found, problems: ["it could not be raised"] });
  });

  it("may be none", async () => {
    expect(await measureInTurns([], () => Promise.reject(new Error("nothing is measured")))).toEqual([]);
  });
});
