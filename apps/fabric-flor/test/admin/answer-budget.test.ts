import { expect, test } from "vitest";
import { AnswerBudget } from "../../src/admin/answer-budget.ts";

test("answers have a burst, and then a tenth of the time", () => {
  const budget = new AnswerBudget(0);
  let spent = 0;
  for (let now = 0; now < 100_000; now += 10) {
    if (budget.waitMs(now) > 0) continue;
    budget.handleSpent(7);
    spent += 7;
  }
  expect(spent).toBeGreaterThan(10_000);
  expect(spent).toBeLessThan(10_600);
});

test("an answer that is dear is owed, and says when the next one may begin", () => {
  const budget = new AnswerBudget(0);
  expect(budget.waitMs(0)).toBe(0);
  budget.handleSpent(1_500);
  const waitMs = budget.waitMs(0);
  expect(waitMs).toBeGreaterThan(9_000);
  expect(budget.waitMs(waitMs - 100)).toBeGreaterThan(0);
  expect(budget.waitMs(waitMs)).toBe(0);
});

test("a long pause earns no more than the burst", () => {
  const budget = new AnswerBudget(0);
  expect(budget.waitMs(1e9)).toBe(0);
  budget.handleSpent(500);
  expect(budget.waitMs(1e9)).toBeGreaterThan(0);
});
