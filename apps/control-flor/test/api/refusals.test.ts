import { expect, test } from "vitest";
import { REFUSALS_TOLD_MAX, REFUSALS_TOLD_MS } from "../../src/api/limits.ts";
import { OTHERS, Refusals } from "../../src/api/refusals.ts";

test("refusals are told once a minute, by principal and problem", () => {
  const refusals = new Refusals();
  expect(refusals.nextTimeout()).toBe(Infinity);
  for (let each = 0; each < 1_000; each++) refusals.add("user/alice", "ERR_CONTROL_BUSY", 100 + each);
  refusals.add("user/alice", "ERR_CONTROL_FOREIGN_PAGE", 2_000);
  refusals.add("user/bob", "ERR_CONTROL_READER", 2_000);
  const end = 100 + REFUSALS_TOLD_MS;
  expect(refusals.nextTimeout()).toBe(end);
  expect(refusals.handleTimeout(end - 1)).toEqual([]);
  expect(refusals.handleTimeout(end)).toEqual([
    { principal: "user/alice", problem: "ERR_CONTROL_BUSY", count: 1_000 },
    { principal: "user/alice", problem: "ERR_CONTROL_FOREIGN_PAGE", count: 1 },
    { principal: "user/bob", problem: "ERR_CONTROL_READER", count: 1 },
  ]);
  expect(refusals.nextTimeout()).toBe(Infinity);
  refusals.add("user/bob", "ERR_CONTROL_READER", end + 5);
  expect(refusals.nextTimeout()).toBe(end + 5 + REFUSALS_TOLD_MS);
  expect(refusals.takeAll()).toEqual([{ principal: "user/bob", problem: "ERR_CONTROL_READER", count: 1 }]);
});

test("however many principals are refused, a bounded number is told, and the others in one", () => {
  const refusals = new Refusals();
  for (let each = 0; each < 10_000; each++) refusals.add(`user/${each}`, "ERR_CONTROL_READER", 0);
  refusals.add("user/0", "ERR_CONTROL_READER", 0);
  const told = refusals.takeAll();
  expect(told).toHaveLength(REFUSALS_TOLD_MAX + 1);
  expect(told[0]).toMatchObject({ principal: "user/0", count: 2 });
  expect(told.at(-1)).toMatchObject({ principal: OTHERS, count: 10_000 - REFUSALS_TOLD_MAX });
});
