import { expect, test } from "vitest";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";

test("a budget is spent when what is held reaches it", () => {
  const budget = new MemoryBudget(100);
  budget.change(99);
  expect(budget.isSpent).toBe(false);
  budget.change(1);
  expect(budget.isSpent).toBe(true);
  budget.change(-60);
  expect(budget.isSpent).toBe(false);
  expect(budget.held).toBe(40);
});
