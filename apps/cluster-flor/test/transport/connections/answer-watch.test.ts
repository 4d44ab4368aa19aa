import { expect, test } from "vitest";
import { AnswerWatch } from "../../../src/transport/connections/answer-watch.ts";
import { Pulse, PulseAction } from "../../../src/transport/connections/pulse.ts";
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

test("silence is told once, long before, and ends with an answer and not with a move", () => {
  const { watch, pulse } = scene();
  const look = (at: number): string => {
    const isSilent = watch.takeSilent(pulse, at);
    return `${at}${isSilent ? " silent" : ""}${watch.takeUnanswered(pulse, at) ? " unanswered" : ""}`;
  };
  expect([200, 300, 400, 1_000].map(look)).toEqual(["200", "300 silent", "400", "1000 unanswered"]);
  expect(watch.takeAnswered(pulse, 1_001), "nothing has come").toBe(false);
  watch.handleMoved();
  watch.takeAnswered(pulse, 1_002);
  expect([1_100, 1_400].map(look)).toEqual(["1100", "1400"]);
  watch.handleCome();
  pulse.handleHeard(1_500);
  expect(watch.takeAnswered(pulse, 1_500)).toBe(true);
  expect([1_700, 1_800].map(look)).toEqual(["1700", "1800 silent"]);
  pulse.handleHeard(1_850);
  expect(watch.takeAnswered(pulse, 1_850), "before the rest was told").toBe(true);
});

test("a peer that speaks is not silent, and does not answer by that", () => {
  const { watch, pulse } = scene();
  const look = (at: number): boolean => {
    const isSilent = watch.takeSilent(pulse, at);
    watch.takeUnanswered(pulse, at);
    return isSilent;
  };
  expect(look(200)).toBe(false);
  pulse.handleHeard(250, false);
  expect([300, 400, 500, 600].map(look)).toEqual([false, false, false, true]);
  pulse.handleHeard(650, false);
  expect(watch.takeAnswered(pulse, 650)).toBe(false);
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

/** `Reach` of native/cluster has the same courses. */
test.each([
  [10, 0, ["silent 300", "unanswered 1000"]],
  [250, 0, ["silent 1000", "unanswered 1000"]],
  [300, 0, ["silent 1200", "unanswered 1200"]],
  [600, 0, ["silent 2400", "unanswered 2400"]],
  [10, 800, ["unanswered 1000", "silent 1100"]],
])(
  "with a round trip of %d ms silence is told of a peer that has said something until %d ms",
  (rtt, heard, expected) => {
    const pulse = new Pulse(defaultLimits, true, 0);
    pulse.begin(rtt);
    pulse.update(0, true, true);
    const watch = new AnswerWatch();
    const told: string[] = [];
    for (let now = 0; now <= 5_000; now++) {
      if (now <= heard) pulse.handleHeard(now, false);
      if (pulse.handleTimeout(now) !== PulseAction.repeat) continue;
      if (watch.takeSilent(pulse, now)) told.push(`silent ${now}`);
      if (watch.takeUnanswered(pulse, now)) told.push(`unanswered ${now}`);
    }
    expect(told).toEqual(expected);
  },
);

test("where no round trip is known, silence is told later", () => {
  const pulse = new Pulse(defaultLimits, true, 0);
  pulse.begin(undefined);
  pulse.update(0, true, true);
  expect([300, 599, 600].map((at) => pulse.isSilent(at, 0))).toEqual([false, false, true]);
});

test("a process that was stopped for a moment reads what has come before it calls the peer silent", () => {
  const { watch, pulse } = scene();
  const look = (at: number): boolean => {
    const isRepeat = pulse.handleTimeout(at) === PulseAction.repeat;
    const isSilent = isRepeat && watch.takeSilent(pulse, at);
    if (isRepeat) watch.takeUnanswered(pulse, at);
    return isSilent;
  };
  expect([200, 450, 550].map(look), "nobody has looked from 200 on").toEqual([false, false, true]);
});
