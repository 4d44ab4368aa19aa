import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { CHECK_INTERVAL_MS, CHECK_PAUSE_MS, CHECK_ROUNDS_MAX, CHECK_STRIKES } from "../../../src/quic-link/limits.ts";
import { PayloadCheck } from "../../../src/quic-link/sizes/payload-check.ts";

/**
 * Runs a check from a loss at time 0 on: tells its outcome, and after how many rounds that came.
 *
 * @param isAnswered Whether the probe of a round and its answer get through
 * @param isLossy Whether packets are found to be lost in a round
 */
function run(
  isAnswered: (round: number) => boolean,
  isLossy: (round: number) => boolean,
  rttMs = 20,
): { hasFailed: boolean; rounds: number } {
  const check = new PayloadCheck();
  const answers: number[] = [];
  let [rounds, lost] = [0, 1];
  check.handleLosses(lost, 0);
  for (let now = 0; now < 20_000 && check.nextTimeout() < Infinity; now += 10) {
    if (answers[0] === now) check.handleAnswer(answers.shift()!);
    if (!check.isDue(now)) continue;
    if (isLossy(rounds)) lost++;
    if (!check.poll(lost, now)) continue;
    if (isAnswered(++rounds)) answers.push(now + rttMs);
  }
  return { hasFailed: check.hasFailed, rounds };
}

const always = (): boolean => true;
const never = (): boolean => false;

describe("whether the UDP payload of a link still gets through is", () => {
  test.each([20, 600, 1_900])("known by one answer, though others are lost, after %i ms", (rttMs) => {
    expect(run(always, always, rttMs)).toMatchObject({ hasFailed: false });
  });

  test("not looked at again for a while, and then only when there are new losses", () => {
    const check = new PayloadCheck();
    check.handleLosses(1, 0);
    expect(check.poll(1, 0)).toBe(true);
    check.handleAnswer(50);
    for (const [lost, now, isLooking] of [
      [2, 50, false],
      [3, 49 + CHECK_PAUSE_MS, false],
      [3, 50 + CHECK_PAUSE_MS, false],
      [4, 51 + CHECK_PAUSE_MS, true],
    ] as const) {
      check.handleLosses(lost, now);
      expect(check.isDue(now)).toBe(isLooking);
    }
  });

  test("no longer believed when packets are lost and no probe is answered", () => {
    expect(run(never, always)).toEqual({ hasFailed: true, rounds: CHECK_STRIKES });
    expect(CHECK_STRIKES * CHECK_INTERVAL_MS).toBeGreaterThanOrEqual(2_000);
  });

  test("not known while nothing is acknowledged", () => {
    expect(run(never, never)).toEqual({ hasFailed: false, rounds: CHECK_ROUNDS_MAX });
  });

  test("not known after an outage, in which all is lost and then found to be", () => {
    expect(
      run(
        (round) => round > 20,
        (round) => round === 21,
      ),
    ).toMatchObject({ hasFailed: false });
  });

  test.each([0.05, 0.2, 0.3])("hardly ever mistaken where %d of all packets are lost, each way", (loss) => {
    const random = new Random(3);
    let failures = 0;
    for (let i = 0; i < 1_000; i++) {
      failures += Number(run(() => !random.chance(loss) && !random.chance(loss), always).hasFailed);
    }
    expect(failures).toBeLessThan(5);
  });
});
