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
  /** Says what is told with a repeat. */
  const repeat = (at: number): string[] => {
    watch.handleRepeat(pulse, at);
    const isSilent = watch.takeSilent(pulse, at);
    return [...(isSilent ? ["silent"] : []), ...(watch.takeUnanswered(pulse, at) ? ["unanswered"] : [])];
  };
  /** Says what is told until then, with the times. */
  const tellUntil = (from: number, until: number): string[] => {
    const told: string[] = [];
    for (let now = from; now <= until; now++) {
      if (pulse.handleTimeout(now) === PulseAction.repeat) told.push(...repeat(now).map((news) => `${news} ${now}`));
    }
    return told;
  };
  return { pulse, watch, repeat, tellUntil };
}

test("that nothing is answered is told once, after a second, and silence long before, which ends with an answer and not with a move", () => {
  const { watch, pulse, tellUntil } = scene();
  expect(tellUntil(0, 1_000)).toEqual(["silent 300", "unanswered 1000"]);
  expect(watch.takeAnswered(pulse, 1_001), "nothing has come").toBe(false);
  watch.handleMoved();
  watch.takeAnswered(pulse, 1_002);
  expect(tellUntil(1_003, 1_400)).toEqual([]);
  watch.handleCome();
  pulse.handleHeard(1_500);
  expect(watch.takeAnswered(pulse, 1_500)).toBe(true);
  expect(tellUntil(1_501, 1_800)).toEqual(["silent 1800"]);
  pulse.handleHeard(1_850);
  expect(watch.takeAnswered(pulse, 1_850), "before the rest was told").toBe(true);
});

test("a peer that speaks is not silent, and does not answer by that", () => {
  const { watch, pulse, tellUntil } = scene();
  expect(tellUntil(0, 249)).toEqual([]);
  pulse.handleHeard(250, false);
  expect(tellUntil(250, 600)).toEqual(["silent 600"]);
  pulse.handleHeard(650, false);
  expect(watch.takeAnswered(pulse, 650)).toBe(false);
});

/** `Reach` of native/cluster begins anew likewise. */
test("the time begins anew behind a pause of the process, as answers may lie unread", () => {
  const { tellUntil } = scene();
  expect(tellUntil(30_000, 31_000)).toEqual(["silent 30300", "unanswered 31000"]);
  const other = scene();
  expect(other.tellUntil(0, 250)).toEqual([]);
  expect(other.tellUntil(450, 1_500), "it was to look at 300").toEqual(["silent 750", "unanswered 1450"]);
});

test("a repeat that is a little late is no pause, nor is the time between two that nobody needs", () => {
  const { repeat } = scene();
  expect([200, 399, 598].flatMap(repeat)).toEqual(["silent"]);
  const { pulse, watch, tellUntil } = scene();
  pulse.update(0, true, false);
  tellUntil(0, 4_950);
  watch.handleMoved();
  watch.takeAnswered(pulse, 4_950);
  pulse.update(4_950, true, true);
  expect(tellUntil(4_951, 6_000)).toEqual(["unanswered 5951"]);
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
      watch.handleRepeat(pulse, now);
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
