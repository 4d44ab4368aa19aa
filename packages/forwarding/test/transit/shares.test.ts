/** Shares at a vertex whose neighbours are hostile: a share is what permits say of the link that a packet comes by, and nothing else makes it one. */
import type { TransitChange, TransitClassCounts } from "@florenetes/portal-api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SHARES_PER_PAIR_MAX, shareOf, TrafficClass, wordsOf, writeHeader } from "../../src/index.ts";
import { OffloadedTransit } from "../../src/transit/offloaded-transit.ts";
import { linkUp } from "./hand-over-world.ts";

const LINKS = ["b", "c", "d"];
const [B, C, D] = [0, 1, 2];
const rates = { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 };
const links = LINKS.map((peer, at): TransitChange => ({ operation: "link", key: { peer, tag: "0" }, label: 20 + at }));

function inOrder(a: readonly number[], b: readonly number[]): number {
  return a[0]! - b[0]!;
}

function permit(link: number, outLink: number, share: number, bitsPerSecond = 1_000_000_000): TransitChange {
  return {
    operation: "permit",
    link,
    outLink,
    share,
    allowance: { classes: 1 << TrafficClass.reliable, bitsPerSecond },
  };
}

/** A link vertex with links to b, c and d. */
class World {
  readonly transit: OffloadedTransit;
  #sent: number[] = [];
  #generation = 0;
  #packets = 0;

  constructor() {
    this.transit = new OffloadedTransit({
      packetSizeMax: 16_384,
      now: () => 1,
      seed: 1,
      send: (_, packet, start) => (this.#sent = [0, 1, 2].map((word) => shareOf(packet, start, word))),
    });
    this.transit.handleAttached("c1");
    for (const [at, peer] of LINKS.entries()) this.transit.handleStatus(linkUp(peer, 1 + at));
  }

  take(permits: readonly TransitChange[]): string {
    const changes = [...links, ...permits];
    this.transit.handleChanges({ generation: ++this.#generation, first: 0, whole: changes.length, ...rates, changes });
    return this.transit.progress!.code;
  }

  /** The shares in the words of a packet as it goes on; none: it was dropped. */
  pass(inLink: number, outLink: number, shares: readonly [number, number, number], size = 100): readonly number[] {
    const packet = new Uint8Array(size);
    const words = wordsOf([20 + outLink, 301, 900]).map((word, at) => word | shares[at]!);
    writeHeader(packet, 0, 1, ++this.#packets, words);
    this.#sent = [];
    expect(this.transit.handlePacket(1 + inLink, packet, 0, size)).toBe(true);
    this.transit.handleTurnEnd();
    return this.#sent;
  }

  /** All counts of permits, as a reader learns them that knows none. */
  counts(): readonly TransitClassCounts[] {
    this.transit.handleAttached("c1");
    this.transit.handleChanges({ generation: this.#generation, first: 0, whole: 1, ...rates, changes: [] });
    const all: TransitClassCounts[] = [];
    for (let report = this.transit.pollReport(); report !== undefined; report = this.transit.pollReport()) {
      all.push(...report.classes);
      this.transit.handleReportTaken(report.number);
    }
    return all;
  }
}

describe("a neighbour that writes shares", () => {
  test("gets through by a share that permits name for its link alone", () => {
    const world = new World();
    expect(world.take([permit(B, C, 7), permit(D, C, 9), permit(D, C, 0)])).toBe("");
    expect(world.pass(B, C, [7, 1, 2])).toEqual([7, 7, 2]);
    const guessed = Array.from({ length: 4_096 }, (_, share) => share).filter((share) => share !== 7);
    expect(guessed.filter((share) => world.pass(B, C, [share, share, share]).length > 0)).toEqual([]);
    expect(world.pass(D, C, [7, 7, 7]), "a stolen one is nobody's from there on").toEqual([0, 7, 7]);
    const rows = world.counts().map(({ link, share, packets, packetsDenied }) => [link, share, packets, packetsDenied]);
    expect(rows.toSorted(inOrder), "and makes no row").toEqual([
      [B, 7, 1, 0],
      [D, 0, 1, 0],
    ]);
  });

  test("is charged for what it sends by a share, however the words behind lie", () => {
    const world = new World();
    world.take([permit(B, C, 7, 8_000), permit(B, C, 9, 1_000_000_000)]);
    const passed = Array.from({ length: 20 }, () => world.pass(B, C, [7, 9, 9], 1_400));
    expect(
      passed.filter(({ length }) => length > 0),
      "what may come at once",
    ).toEqual(Array.from({ length: 11 }, () => [7, 7, 9]));
    expect(world.pass(B, C, [9, 7, 7], 1_400), "another share has its own").toEqual([9, 9, 7]);
    const denied = world.counts().map(({ share, packets, packetsDenied }) => [share, packets, packetsDenied]);
    expect(denied.toSorted(inOrder)).toEqual([
      [7, 11, 9],
      [9, 1, 0],
    ]);
  });
});

describe("permits for shares that come and go", () => {
  test("go with their counts, and a share that stays goes on counting", () => {
    const world = new World();
    world.take([permit(B, C, 7), permit(B, C, 9)]);
    for (const share of [7, 7, 9]) world.pass(B, C, [share, 0, 0]);
    world.take([permit(B, C, 7)]);
    world.pass(B, C, [9, 0, 0]);
    world.pass(B, C, [7, 0, 0]);
    expect(world.counts().map(({ share, packets }) => [share, packets])).toEqual([[7, 3]]);
    world.take([permit(B, C, 9), permit(B, C, 7)]);
    world.pass(B, C, [9, 0, 0]);
    const counts = world.counts().map(({ share, packets }) => [share, packets]);
    expect(counts.toSorted(inOrder)).toEqual([
      [7, 3],
      [9, 1],
    ]);
  });

  test("are as many as a pair may have, hour after hour", () => {
    const world = new World();
    for (let hour = 0; hour < 60; hour++) {
      const shares = Array.from({ length: SHARES_PER_PAIR_MAX }, (_, at) => 1 + ((hour * 64 + at) % 4_095));
      expect(world.take(shares.map((share) => permit(B, C, share)))).toBe("");
      for (const share of shares) expect(world.pass(B, C, [share, 0, 0])).toEqual([share, share, 0]);
      expect(world.counts().length).toBe(SHARES_PER_PAIR_MAX);
    }
  });

  test("leave what permits say now, whatever was said before", () => {
    const way = fc.record({ inLink: fc.nat(2), outLink: fc.nat(2), share: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(way, { maxLength: 12 }), fc.array(way, { maxLength: 12 })), { maxLength: 8 }),
        (steps) => {
          const world = new World();
          for (const [permitted, sent] of steps) {
            world.take(permitted.map(({ inLink, outLink, share }) => permit(inLink, outLink, share)));
            const has = (inLink: number, outLink: number, share: number): boolean =>
              permitted.some((each) => each.inLink === inLink && each.outLink === outLink && each.share === share);
            for (const { inLink, outLink, share } of sent) {
              const charged = has(inLink, outLink, share) ? share : has(inLink, outLink, 0) ? 0 : undefined;
              const expected = charged === undefined ? [] : [charged, charged === 0 ? 5 : charged, 5];
              expect(world.pass(inLink, outLink, [share, 5, 5])).toEqual(expected);
            }
            for (const { link, outLink, share } of world.counts())
              expect(share === 0 || has(link, outLink, share)).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
