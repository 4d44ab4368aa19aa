import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { SizePreference } from "../../../src/quic-link/sizes/size-preference.ts";

interface Medium {
  /** The share of QUIC packets that get lost. */
  loss: number;
  /** QUIC packets in a second. */
  packets: number;
  /** Bytes in a millisecond. */
  speed: number;
}

/** Runs a link for some time; returns the sizes that it preferred, one for each 10 ms. Trains lose pieces, too. */
function run(
  preference: SizePreference,
  medium: Medium,
  random: Random,
  from: number,
  ms: number,
  counts: Counts,
): number[] {
  const sizes: number[] = [];
  for (let now = from; now < from + ms; now += 10) {
    for (let i = medium.packets / 100; i > random.next(); i--) {
      counts.sent++;
      if (random.chance(medium.loss)) counts.lost++;
    }
    const train = preference.pollTrain(now);
    const isWhole = !random.chance(1 - (1 - medium.loss) ** 24);
    if (train > 0 && isWhole) preference.handleTrain(train, train / medium.speed, now);
    if (preference.isDue(now)) preference.handleCounts(counts.sent, counts.lost, now);
    sizes.push(preference.size);
  }
  return sizes;
}

interface Counts {
  sent: number;
  lost: number;
}

const gigabit = 125_000;
/** The number of pieces that allows the sizes of all steps. */
const piecesMax = 16;
const seeds = [1, 2, 3, 4, 5];

function start(speed: number): { preference: SizePreference; counts: Counts } {
  const preference = new SizePreference(1_419, { piecesMax, quietMs: 0 }, 0);
  preference.handleTrain(16_384, 16_384 / speed, 0);
  return { preference, counts: { sent: 0, lost: 0 } };
}

function changesOf(sizes: readonly number[]): number {
  return sizes.filter((size, i) => i > 0 && size !== sizes[i - 1]).length;
}

describe("the preferred size", () => {
  test.each([
    [0, 16_384, 0],
    [0.001, 16_384, 0],
    [0.02, 1_419, 3],
    [0.05, 1_419, 3],
  ])("with a loss of %f becomes %i within two seconds, and stays", (loss, expected, changes) => {
    for (const packets of [1_000, 20_000]) {
      for (const seed of seeds) {
        const { preference, counts } = start(gigabit);
        const medium = { loss, packets, speed: gigabit };
        const sizes = run(preference, medium, new Random(seed), 0, 120_000, counts);
        expect(sizes[200]).toBe(expected);
        expect(new Set(sizes.slice(200))).toEqual(new Set([expected]));
        expect(changesOf(sizes)).toBeLessThanOrEqual(changes);
      }
    }
  });

  test("with a loss of 1 % becomes small, and does not flap", () => {
    for (const seed of seeds) {
      const { preference, counts } = start(gigabit);
      const sizes = run(
        preference,
        { loss: 0.01, packets: 5_000, speed: gigabit },
        new Random(seed),
        0,
        300_000,
        counts,
      );
      expect(Math.max(...sizes.slice(300))).toBeLessThanOrEqual(4_096);
      expect(changesOf(sizes)).toBeLessThanOrEqual(6);
    }
  });

  test("returns step by step when the medium is clean again", () => {
    for (const seed of seeds) {
      const random = new Random(seed);
      const { preference, counts } = start(gigabit);
      run(preference, { loss: 0.03, packets: 2_000, speed: gigabit }, random, 0, 20_000, counts);
      expect(preference.size).toBe(1_419);
      const sizes = run(preference, { loss: 0, packets: 2_000, speed: gigabit }, random, 20_000, 90_000, counts);
      expect([...new Set(sizes)]).toEqual([1_419, 4_096, 8_192, 16_384]);
      expect(sizes.indexOf(16_384) * 10).toBeLessThan(75_000);
    }
  });

  test("waits longer and longer where each return was in vain", () => {
    const random = new Random(9);
    const { preference, counts } = start(gigabit);
    let changes = 0;
    for (let minute = 0; minute < 20; minute++) {
      // Each minute has four bad seconds.
      const bad = run(
        preference,
        { loss: 0.05, packets: 2_000, speed: gigabit },
        random,
        minute * 60_000,
        4_000,
        counts,
      );
      const good = run(
        preference,
        { loss: 0, packets: 2_000, speed: gigabit },
        random,
        minute * 60_000 + 4_000,
        56_000,
        counts,
      );
      if (minute >= 5) changes += changesOf([...bad, ...good]);
    }
    expect(changes).toBeLessThanOrEqual(15 * 2);
  });

  test("of an idle link that has lost a few packets stays until there is proof", () => {
    const { preference, counts } = start(gigabit);
    preference.handleCounts(100, 20, 250);
    expect(preference.size).toBe(1_419);
    for (let now = 500; now < 60_000; now += 250) preference.handleIdle(now);
    expect(preference.size).toBe(1_419);
    const sizes = run(preference, { loss: 0, packets: 100, speed: gigabit }, new Random(1), 60_000, 60_000, counts);
    expect(sizes.at(-1)).toBe(16_384);
  });

  test.each([
    [1_000, 16_384],
    [70, 16_384],
    [40, 8_192],
    [20, 4_096],
    [5, 1_419],
  ])("at %i Mbit/s is at most %i", (megabits, expected) => {
    const speed = megabits * 125;
    const { preference, counts } = start(speed);
    expect(preference.size).toBe(expected);
    const sizes = run(preference, { loss: 0, packets: 100, speed }, new Random(1), 0, 120_000, counts);
    expect(new Set(sizes)).toEqual(new Set([expected]));
  });

  test("follows the speed, but not one train that waited for a processor", () => {
    const { preference, counts } = start(gigabit);
    preference.handleTrain(16_384, 30, 10);
    expect(preference.size).toBe(16_384);
    const random = new Random(1);
    run(preference, { loss: 0, packets: 100, speed: 2_500 }, random, 20, 130_000, counts);
    expect(preference.size).toBe(4_096);
    run(preference, { loss: 0, packets: 100, speed: gigabit }, random, 130_020, 15_000, counts);
    expect(preference.size).toBe(16_384);
  });

  test("is what goes whole while no packet of the largest size was answered", () => {
    const preference = new SizePreference(1_419, { piecesMax, quietMs: 0 }, 0);
    expect(preference.size).toBe(1_419);
    expect(preference.pollTrain(200)).toBe(16_384);
    preference.handleTrain(16_384, 0, 210);
    expect(preference.size).toBe(16_384);
  });

  test("has fewer steps where datagrams are large", () => {
    const preference = new SizePreference(8_919, { piecesMax, quietMs: 0 }, 0);
    preference.handleTrain(16_384, 0, 0);
    preference.handleCounts(1_000, 100, 250);
    expect(preference.size).toBe(8_919);
  });

  test.each([
    ["Ethernet", 1_419, 4_096],
    ["Ethernet, with a tunnel below", 1_359, 3_680],
    ["Ethernet, with two tunnels below", 1_280, 3_680],
    ["another mesh, whose packets are the smallest", 1_167, 1_280],
    ["jumbo Ethernet", 8_919, 16_384],
    ["loopback", 16_350, 16_384],
  ])("of at most three pieces is over %s", (_name, wholeMax, size) => {
    const preference = new SizePreference(wholeMax, { piecesMax: 3, quietMs: 0 }, 0);
    preference.handleTrain(16_384, 0, 0);
    expect(preference.size).toBe(size);
  });
});

test("losses are counted four times a second while packets are sent, and once a second while there are none", () => {
  const { preference } = start(gigabit);
  const looks: number[] = [];
  for (let now = 0, sent = 0; now <= 6_000; now += 10) {
    const isBusy = now < 2_000;
    if (isBusy) sent++;
    if (!preference.isDue(now)) continue;
    looks.push(now);
    if (isBusy) preference.handleCounts(sent, 0, now);
    else preference.handleIdle(now);
  }
  expect(looks).toEqual([250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 3_000, 4_000, 5_000, 6_000]);
});

describe("a session that takes the place of another one", () => {
  /** Runs sessions that follow one another, each for `everyMs`; returns the sizes that the link preferred. */
  function runRenewed(medium: Medium, random: Random, everyMs: number, ms: number): number[] {
    let former: SizePreference | undefined;
    const sizes: number[] = [];
    for (let now = 0; now < ms; now += everyMs) {
      const preference = new SizePreference(1_419, { piecesMax: 3, quietMs: 0 }, now);
      // The train and the answer have twelve pieces each.
      if (!random.chance(1 - (1 - medium.loss) ** 24)) preference.handleTrain(16_384, 16_384 / medium.speed, now);
      if (former !== undefined) preference.handleFormer(former);
      sizes.push(...run(preference, medium, random, now, everyMs, { sent: 0, lost: 0 }));
      former = preference;
    }
    return sizes;
  }

  test.each(seeds)("goes on with the size that it had, though its own probes get lost: seed %i", (seed) => {
    const sizes = runRenewed({ loss: 0.1, packets: 0, speed: gigabit }, new Random(seed), 1_800, 60_000);
    expect(sizes.at(-1)).toBe(4_096);
    expect(changesOf(sizes)).toBeLessThanOrEqual(1);
  });

  test.each(seeds)("knows of the losses before it: seed %i", (seed) => {
    const sizes = runRenewed({ loss: 0.05, packets: 500, speed: gigabit }, new Random(seed), 1_800, 60_000);
    const settled = sizes.slice(sizes.lastIndexOf(4_096) + 1);
    expect(settled.length).toBeGreaterThan(5_000);
    expect(sizes.at(-1)).toBe(1_419);
  });

  test("follows a medium that has become slower", () => {
    const former = new SizePreference(1_419, { piecesMax: 3, quietMs: 0 }, 0);
    former.handleTrain(16_384, 16_384 / gigabit, 0);
    const preference = new SizePreference(1_419, { piecesMax: 3, quietMs: 0 }, 1_000);
    preference.handleFormer(former);
    expect(preference.size).toBe(4_096);
    for (let i = 0; i < 3; i++) preference.handleTrain(16_384, 16_384 / 100, 1_100 + i);
    expect(preference.size).toBe(1_419);
  });

  test("begins from nothing when its UDP payloads have other sizes", () => {
    const former = new SizePreference(1_419, { piecesMax: 3, quietMs: 0 }, 0);
    former.handleTrain(16_384, 16_384 / gigabit, 0);
    const preference = new SizePreference(8_919, { piecesMax: 3, quietMs: 0 }, 1_000);
    preference.handleFormer(former);
    expect(preference.size).toBe(8_919);
  });
});
