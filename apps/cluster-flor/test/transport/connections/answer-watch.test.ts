import { expect, test } from "vitest";
import { AnswerWatch } from "../../../src/transport/connections/answer-watch.ts";
import { Pulse } from "../../../src/transport/connections/pulse.ts";
import { defaultLimits } from "../../../src/transport/limits.ts";

/** A connection whose packets are in flight from 0 on, over a way whose round trip is known. */
function scene() {
  const pulse = new Pulse(defaultLimits, true, 0);
  pulse.begin(10);
  pulse.update(0, true, true);
  const watch = new AnswerWatch();
  return { pulse, watch, look: (at: number): boolean => watch.takeUnanswered(pulse, at) };
}

test("that nothing is answered is told once, after a second", () => {
  const { look } = scene();
  const told = Array.from({ length: 30 }, (_, i) => 200 + 100 * i).filter(look);
  expect(told).toEqual([1_000]);
});

test("a process that was stopped reads what has come before it calls the peer unreachable", () => {
  const { look, pulse } = scene();
  expect(look(30_000), "nobody has looked since").toBe(false);
  expect(look(30_100)).toBe(true);
  pulse.handleHeard(30_200);
  expect(look(60_000)).toBe(false);
});

test("after a move, an answer counts once a packet has come over the present way", () => {
  const { watch, pulse } = scene();
  watch.handleMoved();
  watch.takeAnswered(pulse, 100);
  pulse.handleHeard(200);
  expect(watch.takeAnswered(pulse, 200), "an answer by the former way").toBe(false);
  watch.handleCome();
  expect(watch.takeAnswered(pulse, 201)).toBe(true);
  expect([watch.isAwaited, watch.takeAnswered(pulse, 202)]).toEqual([false, false]);
});
