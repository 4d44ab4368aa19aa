import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HolderLine } from "../../src/client/holder-line.ts";
import { HolderRanking } from "../../src/client/holder-ranking.ts";
import { FULL_MS, PAUSE_MS, PAUSE_MS_MAX, SLOW_MS, WRONG_MS, WRONG_SHARDS_MAX } from "../../src/client/limits.ts";

const step = fc.constantFrom("ask", "good", "bad", "wait");

test("no holder is asked twice, no more than are wanted and waited for are under way, and in the end it is over", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(step),
      (count, wanted, steps) => {
        const order = Array.from({ length: count }, (_, at) => `n${at}`);
        const line = new HolderLine(order, Math.min(wanted, count), 1);
        const asked: string[] = [];
        let [active, waits] = [0, 0];
        for (const each of steps) {
          if (each === "wait") {
            line.handleWait();
            waits++;
          } else if (each === "ask") {
            const node = line.pollAsk();
            if (node !== undefined) active = asked.push(node) > 0 ? active + 1 : 0;
          } else if (active > 0) {
            active--;
            if (each === "good") line.handleGood();
            else line.handleBad();
          }
          expect(active).toBeLessThanOrEqual(wanted + waits);
        }
        for (let left = count; left > 0; left--) {
          for (let node = line.pollAsk(); node !== undefined; node = line.pollAsk())
            active = asked.push(node) > 0 ? active + 1 : 0;
          if (line.isOver) break;
          active--;
          line.handleBad();
        }
        expect(line.isOver).toBe(true);
        expect(asked).toEqual(order.slice(0, asked.length));
      },
    ),
  );
});

test("a holder that fails comes last for a pause that doubles up to a bound, and ends when it answers", () => {
  const ranking = new HolderRanking();
  const place = ["a", "b", "c"];
  ranking.handleHolders(place);
  let now = 0;
  for (const pause of [1, 2, 4, 8, 16, 24, 24].map((times) => Math.min(PAUSE_MS * times, PAUSE_MS_MAX))) {
    ranking.handleFault("a", now);
    ranking.handleFault("a", now);
    expect(ranking.writeOrder(place, now)).toEqual(["b", "c", "a"]);
    now += pause - 1;
    expect(ranking.isPaused("a", now)).toBe(true);
    now++;
    expect(ranking.isPaused("a", now)).toBe(false);
  }
  ranking.handleAnswer("a");
  ranking.handleFault("a", now);
  expect(ranking.isPaused("a", now + PAUSE_MS)).toBe(false);
  expect(ranking.status(now)).toContainEqual({ node: "a", faults: 15, wrong: 0, pausedMs: PAUSE_MS });
});

test("a full disk comes behind others for writing alone, and before one that gives no answer", () => {
  const ranking = new HolderRanking();
  const place = ["a", "b", "c"];
  ranking.handleHolders(place);
  ranking.handleFault("a", 0);
  ranking.handleFull("b", 0);
  expect(ranking.writeOrder(place, 1)).toEqual(["c", "b", "a"]);
  expect(ranking.readOrder(place, "00", 1)).toEqual(["b", "c", "a"]);
  expect(ranking.writeOrder(place, FULL_MS)).toEqual(place);
});

test("a slow holder comes last for shards for a while, and is not left alone", () => {
  const ranking = new HolderRanking();
  const place = ["a", "b", "c"];
  ranking.handleHolders(place);
  ranking.handleSlow("a", 0);
  expect(ranking.writeOrder(place, 1)).toEqual(["b", "c", "a"]);
  expect(ranking.readOrder(place, "00", 1)).toEqual(["b", "c", "a"]);
  expect(ranking.isPaused("a", 1)).toBe(false);
  expect(ranking.readOrder(place, "00", SLOW_MS)).toEqual(place);
});

test("a holder of a wrong shard is asked last for that one, and what is remembered is bounded", () => {
  const ranking = new HolderRanking();
  const place = ["a", "b", "c"];
  ranking.handleHolders(place);
  ranking.handleWrong("a", "00", 0);
  expect(ranking.readOrder(place, "00", 1)).toEqual(["b", "c", "a"]);
  expect(ranking.readOrder(place, "01", 1)).toEqual(place);
  expect(ranking.readOrder(place, "00", WRONG_MS)).toEqual(place);
  for (let at = 0; at < WRONG_SHARDS_MAX; at++) ranking.handleWrong("b", String(at), 2);
  expect(ranking.readOrder(place, "00", 3)).toEqual(place);
  ranking.handleHolders(["a"]);
  expect(ranking.status(3)).toEqual([{ node: "a", pausedMs: 0, faults: 0, wrong: 1 }]);
});
