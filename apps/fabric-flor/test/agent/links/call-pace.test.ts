import { expect, test } from "vitest";
import { CallPace } from "../../../src/agent/links/call-pace.ts";
import { CALLS_AT_ONCE } from "../../../src/agent/links/limits.ts";

test("a call that waits is counted once, however often it is tried", () => {
  const pace = new CallPace();
  for (let call = 0; call < CALLS_AT_ONCE; call++) expect(pace.take(0)).toBe(true);
  expect(pace.held).toBe(0);
  for (let now = 0; now < 1_000; now += 100) expect(pace.take(now)).toBe(false);
  expect(pace.held).toBe(1);
  expect(pace.take(pace.nextAt())).toBe(true);
  expect([pace.take(pace.nextAt() - 1), pace.held]).toEqual([false, 2]);
});
