import { expect, test } from "vitest";
import { PayloadRaise } from "../../../src/quic-link/links/payload-raise.ts";
import { RAISE_AFTER_MAX_MS, RAISE_AFTER_MS } from "../../../src/quic-link/limits.ts";

test("larger payloads are looked for after pauses that double up to the longest, until they are found", () => {
  const raise = new PayloadRaise();
  raise.handleUp(1_452, 0);
  expect(raise.nextTimeout).toBe(Infinity);
  let now = 0;
  for (let pauseMs = RAISE_AFTER_MS; pauseMs < 4 * RAISE_AFTER_MAX_MS; pauseMs *= 2) {
    raise.handleUp(1_200, now);
    const due = now + Math.min(pauseMs, RAISE_AFTER_MAX_MS);
    expect([raise.nextTimeout, raise.takeDue(due - 1), raise.takeDue(due), raise.takeDue(due)]).toEqual([
      due,
      false,
      true,
      false,
    ]);
    now = due;
  }
  raise.handleUp(1_452, now);
  expect(raise.nextTimeout).toBe(Infinity);
  raise.handleUp(1_392, now);
  expect(raise.nextTimeout).toBe(now + RAISE_AFTER_MS);
  raise.handleDown();
  expect(raise.nextTimeout).toBe(Infinity);
});
