import { wordsOf, writeHeader } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import { LabelGuesses } from "../../src/forwarding/label-guesses.ts";
import { IN_LINK, Recorder, TO_B, WEB, config, frameOf, packetOf } from "./recorder.ts";

/** Guesses that are free at first: for a vertex two links away, for a neighbour's neighbour that invents who is behind it, and
 *  for a link. */
const [FAR, BESIDE, LINK] = [64, 256, 1_024];
const OTHER_LINK = 1;

/** A packet that has come by these labels and reads the last one next. */
function packetBy(...labels: readonly number[]): Uint8Array {
  const packet = packetOf(labels);
  packet[3] = labels.length - 1;
  return packet;
}

describe("labels that mean nothing", () => {
  let guesses: LabelGuesses;
  let label = 1_000;
  beforeEach(() => {
    guesses = new LabelGuesses(7);
    guesses.grow(2);
  });

  /** Tries this many new labels behind the labels that a packet has gathered; returns how many tries were too many. */
  function guess(count: number, way: (index: number) => readonly number[], inLink = IN_LINK, now = 0): number {
    let alarms = 0;
    for (let index = 0; index < count; index++) {
      const packet = packetBy(...way(index), label++);
      if (guesses.handleUnknown(packet, 0, packet[3]!, packet[3]!, inLink, now)) alarms++;
    }
    return alarms;
  }

  function isBlind(way: readonly number[], inLink = IN_LINK, now = 0): boolean {
    const packet = packetBy(...way, WEB);
    return guesses.isBlind(packet, 0, packet[3]!, packet[3]!, inLink, now);
  }

  test("are counted for the in-link and the two labels before", () => {
    expect(guess(FAR - 1, () => [301, 201])).toBe(0);
    expect(isBlind([301, 201])).toBe(false);
    expect(guess(1, () => [301, 201])).toBe(1);
    expect(isBlind([301, 201])).toBe(true);
    expect(isBlind([999, 301, 201]), "who is further away shares it").toBe(true);
    expect(isBlind([302, 201]), "beside it").toBe(false);
    expect(isBlind([201]), "the vertex in between").toBe(false);
    expect(isBlind([]), "the neighbour itself").toBe(false);
    expect(isBlind([301, 201], OTHER_LINK), "another link").toBe(false);
    expect(
      guess(100, () => [301, 201]),
      "what is over is not told again",
    ).toBe(0);
  });

  test("a neighbour's neighbour that invents who is behind it uses up its own share", () => {
    expect(guess(BESIDE, (index) => [20 + index, 201])).toBe(1);
    expect(isBlind([301, 201])).toBe(true);
    expect(isBlind([301, 202])).toBe(false);
    expect(isBlind([])).toBe(false);
  });

  test("a neighbour that invents all labels uses up what its link has, and no other's", () => {
    expect(guess(LINK, (index) => [20 + index, 20 + (index >> 4)])).toBeGreaterThan(0);
    expect(isBlind([])).toBe(true);
    expect(isBlind([301, 201])).toBe(true);
    guess(100_000, (index) => [20 + index, 20 + (index >> 4)]);
    for (const way of [[], [201], [301, 201], [302, 202]]) expect(isBlind(way, OTHER_LINK)).toBe(false);
  });

  test("the bits of a word that are not the label's make no other way", () => {
    for (let index = 0; index < 2 * FAR; index++) {
      const packet = packetBy(301, 201, label++);
      writeHeader(
        packet,
        0,
        1,
        2,
        wordsOf([301, 201, label]).map((word, at) => (at < 2 ? word | (index & 0xfff) : word)),
      );
      guesses.handleUnknown(packet, 0, 2, 2, IN_LINK, 0);
    }
    expect(isBlind([301, 201])).toBe(true);
  });

  test("a label that was tried costs nothing more, from wherever it comes", () => {
    for (let index = 0; index < 10 * LINK; index++) {
      const packet = packetBy(301, 201, 777_770 + (index % FAR) - 1);
      guesses.handleUnknown(packet, 0, 2, 2, IN_LINK, 0);
      guesses.handleUnknown(packet, 0, 2, 2, OTHER_LINK, 0);
    }
    expect(isBlind([301, 201], OTHER_LINK)).toBe(false);
    expect(isBlind([301, 201])).toBe(true);
    expect(isBlind([201])).toBe(false);
  });

  test("may be tried again in time: eight in a second over a link, one in two from afar", () => {
    guess(FAR, () => [301, 201]);
    expect(isBlind([301, 201], IN_LINK, 1_999)).toBe(true);
    expect(isBlind([301, 201], IN_LINK, 2_000)).toBe(false);
    guess(1, () => [301, 201], IN_LINK, 2_000);
    expect(isBlind([301, 201], IN_LINK, 2_001)).toBe(true);
    expect(guess(FAR + 5, () => [301, 201], IN_LINK, 1e9)).toBe(1);
  });

  test("a scan looks up no more labels than that, however fast it is", () => {
    // A flood of today's speed: 100 packets in a millisecond, for 20 s.
    let seen = 0;
    for (let ms = 0; ms < 20_000; ms++) {
      for (let each = 0; each < 100 && label < 1_000_000; each++) {
        const packet = packetBy(301, 201, label++);
        // A packet counts as seen if a service with this label would answer it.
        if (!guesses.isBlind(packet, 0, 2, 2, IN_LINK, ms)) seen++;
        guesses.handleUnknown(packet, 0, 2, 2, IN_LINK, ms);
      }
    }
    expect(label).toBe(1_000_000);
    expect(seen).toBeGreaterThanOrEqual(FAR);
    expect(seen).toBeLessThanOrEqual(FAR + 10);
  });
});

/** Whether a first packet that comes so gets no answer: the labels before the cursor, and those from it on. */
function isBlindTo(
  recorder: Recorder,
  gathered: readonly number[],
  labels: readonly number[],
  inLink = IN_LINK,
): boolean {
  const packet = packetOf([...gathered, ...labels]);
  packet[3] = gathered.length;
  recorder.forwarder.handleFrame(inLink, frameOf([packet]));
  return recorder.blind.at(-1)!;
}

describe("a forwarder", () => {
  test("counts guesses whatever else is in their frame, says so once, and goes on with transit", () => {
    const recorder = new Recorder();
    const guessed = Array.from({ length: FAR }, (_, index) => packetOf([5_000 + index]));
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_B, 1]), ...guessed.slice(1), packetOf([TO_B, 1])]));
    expect(recorder.guessing).toEqual([]);
    expect(isBlindTo(recorder, [], [WEB])).toBe(false);
    recorder.forwarder.handleFrame(IN_LINK, frameOf([guessed[0]!]));
    expect(recorder.guessing).toEqual([IN_LINK]);
    expect(isBlindTo(recorder, [], [WEB])).toBe(true);
    expect(isBlindTo(recorder, [], [WEB], OTHER_LINK)).toBe(false);
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_B, 1])]));
    expect(recorder.packets.filter(({ to }) => to === "link 1")).toHaveLength(3);
    expect(recorder.drops()).toEqual({ unknownLabel: FAR });
    expect(recorder.forwarder.snapshot().links.map(({ labelsGuessed }) => labelsGuessed)).toEqual([FAR, 0, 0]);
  });

  describe("where LSPs end", () => {
    const ends = [600, 601, 602, 603, 604];
    let recorder: Recorder;
    let label = 5_000;
    beforeEach(() => {
      recorder = new Recorder({ ...config, lspEnds: ends.map((end) => ({ link: IN_LINK, label: end })) });
    });

    /** Tries this many new labels behind the labels that a packet has gathered and the LSP ends that it names. */
    function guess(count: number, way: (index: number) => readonly [gathered: number[], ends: number[]]): void {
      for (let index = 0; index < count; index++) {
        const [gathered, named] = way(index);
        const packet = packetOf([...gathered, ...named, label++]);
        packet[3] = gathered.length;
        recorder.forwarder.handleFrame(IN_LINK, frameOf([packet]));
      }
    }

    test("counts guesses for that LSP, whatever its sender wrote before its label", () => {
      guess(FAR, (index) => [[20 + index, 50 + (index >> 2)], [600]]);
      expect(isBlindTo(recorder, [], [600, WEB])).toBe(true);
      expect(isBlindTo(recorder, [301, 201], [600, WEB])).toBe(true);
      expect(isBlindTo(recorder, [], [600, 601, WEB]), "what stands behind the first is its sender's choice").toBe(
        true,
      );
      expect(isBlindTo(recorder, [], [601, WEB]), "another LSP").toBe(false);
      expect(isBlindTo(recorder, [], [WEB]), "no LSP").toBe(false);
      guess(3 * LINK, (index) => [[20 + index, 20 + (index >> 4)], [600]]);
      expect(isBlindTo(recorder, [], [601, WEB])).toBe(false);
      expect(isBlindTo(recorder, [301, 201], [WEB])).toBe(false);
    });

    test("a vertex that knows their labels does not use up with them what its link has", () => {
      guess(3 * LINK, (index) => [[301, 201], [ends[index % 4]!]]);
      guess(3 * LINK, (index) => [
        [301, 201],
        [ends[index % 5]!, ends[(index >> 3) % 5]!],
      ]);
      expect(isBlindTo(recorder, [301, 201], [604, WEB])).toBe(true);
      for (const other of [[], [202], [301, 202]]) {
        expect(isBlindTo(recorder, other, [WEB])).toBe(false);
        expect(isBlindTo(recorder, other, [604, WEB])).toBe(false);
      }
    });
  });

  test("counts nothing of its own packets", () => {
    const recorder = new Recorder();
    for (let index = 0; index < 2 * LINK; index++) {
      const packet = packetOf([5_000 + index]);
      recorder.forwarder.sendFromHere(-1, packet, 0, packet.length);
    }
    recorder.forwarder.sendFromHere(-1, packetOf([WEB]), 0, packetOf([WEB]).length);
    recorder.endTurn();
    expect(recorder.blind).toEqual([false]);
    expect(recorder.guessing).toEqual([]);
  });
});
