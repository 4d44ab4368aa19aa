import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PROBE_ROUND_MS, ROUNDS_BACK, ROUNDS_SILENT } from "../../src/egress/limits.ts";
import { WorldWatch } from "../../src/egress/world-watch.ts";

/** Runs rounds, each with an answer (`+`) or without (`-`), up to the moment before the next one. Returns what is known behind each: `y`, `n`, or `?`. */
function statesOf(rounds: string): string {
  const watch = new WorldWatch(0);
  let states = "";
  rounds.split("").forEach((outcome, index) => {
    watch.handleTimeout(index * PROBE_ROUND_MS);
    if (outcome === "+") watch.handleAnswer(watch.round);
    if (index > 0) states += stateOf(watch);
  });
  watch.handleTimeout(rounds.length * PROBE_ROUND_MS);
  return states + stateOf(watch);
}

const stateOf = ({ isThere }: WorldWatch): string => (isThere === undefined ? "?" : isThere ? "y" : "n");

describe("the world behind an egress", () => {
  // The state that is noted behind a round has the answer of the next one, which comes before its end.
  test.each([
    ["+", "y"],
    ["-+", "yy"],
    ["---", "??n"],
    ["+--+", "yyyy"],
    ["+---", "yyyn"],
    ["+---+", "yyynn"],
    ["+---++", "yyynyy"],
    ["+---+-+-", "yyynnnnn"],
    ["---+", "??nn"],
    ["---++", "??nyy"],
  ])("is there, or silent, by rounds of probes: %s", (rounds, states) => {
    expect(statesOf(rounds)).toBe(states);
  });

  test.each([
    ["---", 0],
    ["----+", 0],
    ["---++---", 1],
    ["+---", 1],
    ["+------", 1],
    ["+---++---", 2],
  ])("is lost only where it was there: %s", (rounds, losses) => {
    const watch = new WorldWatch(0);
    rounds.split("").forEach((outcome, index) => {
      watch.handleTimeout(index * PROBE_ROUND_MS);
      if (outcome === "+") watch.handleAnswer(watch.round);
    });
    watch.handleTimeout(rounds.length * PROBE_ROUND_MS);
    expect(watch.losses).toBe(losses);
  });

  test("begins a round every two seconds, and none before", () => {
    const watch = new WorldWatch(500);
    expect([watch.handleTimeout(499), watch.handleTimeout(500), watch.handleTimeout(2_499)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([watch.round, watch.nextTimeout]).toEqual([1, 2_500]);
  });

  test("counts one round when its process stood still", () => {
    const watch = new WorldWatch(0);
    watch.handleTimeout(0);
    watch.handleAnswer(1);
    watch.handleTimeout(2_000);
    watch.handleTimeout(60_000);
    watch.handleTimeout(62_000);
    expect(watch.isThere).toBe(true);
    watch.handleTimeout(64_000);
    expect([watch.isThere, watch.losses]).toEqual([false, 1]);
  });

  test("is not kept by answers to probes of rounds that are over", () => {
    const watch = new WorldWatch(0);
    for (let now = 0; now <= ROUNDS_SILENT * PROBE_ROUND_MS; now += PROBE_ROUND_MS) {
      watch.handleTimeout(now);
      watch.handleAnswer(watch.round - 1);
    }
    expect(watch.isThere).toBe(false);
  });

  test("is silent within 8 s of its last answer, and never of fewer rounds than that takes", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (answers) => {
        const watch = new WorldWatch(0);
        let silent = 0;
        let inARow = 0;
        let was: boolean | undefined;
        answers.forEach((isAnswered, index) => {
          watch.handleTimeout(index * PROBE_ROUND_MS);
          if (watch.isThere === false && was !== false) expect(silent).toBe(ROUNDS_SILENT);
          if (silent >= ROUNDS_SILENT) expect(watch.isThere).toBe(false);
          was = watch.isThere;
          if (isAnswered) watch.handleAnswer(watch.round);
          silent = isAnswered ? 0 : silent + 1;
          inARow = isAnswered ? inARow + 1 : 0;
          if (watch.isThere === true && was === false) expect(inARow).toBe(ROUNDS_BACK);
          was = watch.isThere;
        });
      }),
    );
  });
});
