import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FairTurns } from "../../src/index.ts";

test("whoever always has something gets turns by cost", () => {
  const costs = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 32 });
  fc.assert(
    fc.property(costs, (costs) => {
      const turns = new FairTurns(costs.length);
      const spent = costs.map(() => 0);
      for (const member of costs.keys()) turns.wake(member);
      for (let turn = 0; turn < 1_000; turn++) {
        const member = turns.next();
        spent[member]! += costs[member]!;
        turns.handleSent(member, costs[member]!);
      }
      expect(Math.max(...spent) - Math.min(...spent)).toBeLessThanOrEqual(2 * Math.max(...costs));
    }),
  );
});

test("who sleeps saves up no turns, and who wakes up waits for no round of the others", () => {
  const turns = new FairTurns(2);
  turns.wake(0);
  for (let turn = 0; turn < 100; turn++) turns.handleSent(turns.next(), 10);
  turns.wake(1);
  const order = Array.from({ length: 6 }, () => {
    const member = turns.next();
    turns.handleSent(member, 10);
    return member;
  });
  expect(order.filter((member) => member === 1)).toHaveLength(3);
  turns.sleep(0);
  turns.sleep(1);
  expect(turns.next()).toBe(-1);
});

test("once nobody waits, all have had what they wanted: who had sent most is not behind who wakes up first", () => {
  const turns = new FairTurns(2);
  turns.wake(0);
  turns.sleep(0);
  turns.handleSent(0, 10);
  turns.wake(1);
  turns.wake(0);
  expect(turns.next()).toBe(0);
});

test("a member is over once it has nothing to send, and the others have had as much", () => {
  const turns = new FairTurns(2);
  expect(turns.isOver(0), "at the beginning").toBe(true);
  turns.wake(0);
  turns.wake(1);
  expect(turns.isOver(0), "while it waits").toBe(false);
  turns.handleSent(0, 10);
  turns.sleep(0);
  const states = Array.from({ length: 3 }, () => {
    turns.handleSent(1, 10);
    return turns.isOver(0);
  });
  expect(states).toEqual([false, true, true]);
});
