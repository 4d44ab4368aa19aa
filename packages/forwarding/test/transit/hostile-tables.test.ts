/** Tables of a cluster vertex that is hostile, or has gone wrong: each is refused whole, and costs no more than it brought. */
import { LABEL_MAX, SHARE_MAX, SHARE_PERMITS_MAX, SHARES_PER_PAIR_MAX } from "../../src/index.ts";
import { LINKS_MAX, TRANSIT_CHANGES_MAX, type TransitChange } from "@florenetes/portal-api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRANSIT_PAIRS_MAX } from "../../src/transit/limits.ts";
import { OffloadedTransit } from "../../src/transit/offloaded-transit.ts";
import { B, FIRST_LABEL, linkUp, packetOf, swap } from "./hand-over-world.ts";

const rates = { packetsPerSecond: 1_000, bytesPerSecond: 1_000_000 };
const b = { operation: "link", key: { peer: "b", tag: "0" }, label: 20 } as const;
const c = { operation: "link", key: { peer: "c", tag: "0" }, label: 21 } as const;
const allowance = { classes: 0x3f, bitsPerSecond: 1_000 };
const sound: readonly TransitChange[] = [b, c, swap(FIRST_LABEL)];

/** The removal of a link's adjacency label, and of the link with it. */
const gone = (link: number): TransitChange => ({ operation: "remove", link, label: 20 + link });

class Taker {
  readonly transit = new OffloadedTransit({ packetSizeMax: 16_384, now: () => 1, seed: 1, send: () => {} });
  #generation = 0;
  #packets = 0;

  constructor() {
    this.transit.handleAttached("c1");
    this.transit.handleStatus(linkUp("b", B));
    this.transit.handleStatus(linkUp("c", 2));
  }

  /** Hands a table over; returns the reason why it was not taken. */
  take(changes: readonly TransitChange[], whole = changes.length): string {
    this.#generation++;
    this.transit.handleChanges({ generation: this.#generation, first: 0, whole, ...rates, changes });
    return this.transit.progress!.code;
  }

  get forwards(): boolean {
    const { packet, start, end } = packetOf(FIRST_LABEL, ++this.#packets);
    return this.transit.handlePacket(B, packet, start, end);
  }
}

describe("what makes no sense is refused, with all that its owner gave before", () => {
  test.each<readonly [string, readonly TransitChange[]]>([
    ["a link that was not added", [b, { ...swap(100), outLink: 1 } as TransitChange]],
    ["an in-link that was not added", [b, c, { operation: "end", link: 2, label: 100 }]],
    ["a permission for a link that was not added", [b, { operation: "permit", link: 0, outLink: 9 }]],
    ["a link twice", [b, { ...b, label: 22 }]],
    ["an adjacency label twice", [b, { ...c, label: 20 }]],
    ["a label twice", [b, c, swap(100), swap(100)]],
    ["an adjacency label for a cross-connect", [b, c, swap(21)]],
    ["a cross-connect's label for a link", [b, swap(100), { ...c, label: 100 }]],
    ["a reserved label", [b, c, swap(15)]],
    ["a label of more than 20 bits", [b, c, swap(LABEL_MAX + 1)]],
    ["one to write", [b, c, { ...swap(100), outLabel: LABEL_MAX + 1 } as TransitChange]],
    ["a removal of nothing", [b, c, { operation: "remove", link: 0, label: 100 }]],
    ["a cross-connect of a link that is gone", [b, c, gone(0), swap(100)]],
    ["a cross-connect to a link that is gone", [b, c, gone(1), swap(100)]],
    ["an LSP that ends on a link that is gone", [b, c, gone(0), { operation: "end", link: 0, label: 100 }]],
    ["a permission for a link that is gone", [b, c, gone(1), { operation: "permit", link: 0, outLink: 1 }]],
    ["a permission for a share without limits", [b, c, { operation: "permit", link: 0, outLink: 1, share: 7 }]],
    [
      "a share of more than 12 bits",
      [b, c, { operation: "permit", link: 0, outLink: 1, share: SHARE_MAX + 1, allowance }],
    ],
    ["an operation that is not known", [b, { operation: "unknown" }]],
  ])("%s", (_, changes) => {
    const taker = new Taker();
    expect([taker.take(sound), taker.forwards]).toEqual(["", true]);
    expect(taker.take(changes)).toBe("TRANSIT_INVALID");
    expect([taker.forwards, taker.transit.labels]).toEqual([false, 0]);
    expect([taker.take(sound), taker.forwards], "and another one is taken").toEqual(["", true]);
  });

  test.each([
    ["without a change", { whole: 0 }],
    ["without packets", { packetsPerSecond: 0 }],
    ["without bytes", { bytesPerSecond: 0 }],
  ])("a table %s", (_, fault) => {
    const { transit } = new Taker();
    transit.handleChanges({ generation: 1, first: 0, whole: 3, ...rates, changes: sound, ...fault });
    expect(transit.progress!.code).toBe("TRANSIT_INVALID");
  });
});

describe("bounds", () => {
  test("a table has so many changes", () => {
    expect(new Taker().take(sound, TRANSIT_CHANGES_MAX + 1)).toBe("TRANSIT_FULL");
    expect(new Taker().take(sound, TRANSIT_CHANGES_MAX)).toBe("");
  });

  test("a table has so many links, and so have those that hold and are handed over together", () => {
    const link = (index: number): TransitChange => ({
      operation: "link",
      key: { peer: `p${index}`, tag: "0" },
      label: 100 + index,
    });
    const taker = new Taker();
    expect(taker.take(Array.from({ length: LINKS_MAX }, (_, index) => link(index)))).toBe("");
    expect(taker.take([{ operation: "link", key: { peer: "one more", tag: "0" }, label: 99 }])).toBe("TRANSIT_FULL");
    const churn = Array.from({ length: LINKS_MAX + 1 }, (_, at): TransitChange[] => {
      return [link(0), { operation: "remove", link: at, label: 100 }];
    });
    expect(taker.take(churn.flat()), "one link under ever new numbers").toBe("TRANSIT_FULL");
  });

  test("there are so many pairs of links in the tables that hold and are handed over", () => {
    const side = Math.ceil(Math.sqrt(TRANSIT_PAIRS_MAX));
    const links = Array.from({ length: side + 1 }, (_, index): TransitChange => {
      return { operation: "link", key: { peer: `p${index}`, tag: "0" }, label: 100 + index };
    });
    const permits = links.flatMap((_, link) =>
      links.map((_, outLink): TransitChange => ({ operation: "permit", link, outLink })),
    );
    const taker = new Taker();
    expect(taker.take([...links, ...permits.slice(0, TRANSIT_PAIRS_MAX)])).toBe("");
    expect(taker.take([...links, ...permits.slice(1, TRANSIT_PAIRS_MAX + 1)])).toBe("TRANSIT_FULL");
  });

  test("permits open a pair for so many shares, and a table has so many", () => {
    const links = Array.from({ length: 17 }, (_, index): TransitChange => {
      return { operation: "link", key: { peer: `p${index}`, tag: "0" }, label: 100 + index };
    });
    const permits = (count: number): TransitChange[] =>
      Array.from({ length: count }, (_, at): TransitChange => {
        const pair = Math.floor(at / SHARES_PER_PAIR_MAX);
        const share = 1 + (at % SHARES_PER_PAIR_MAX);
        return { operation: "permit", link: Math.floor(pair / 17), outLink: pair % 17, share, allowance };
      });
    const last = { operation: "permit", link: 0, outLink: 0, share: SHARE_MAX, allowance } as const;
    const taker = new Taker();
    for (let times = 0; times < 3; times++) expect(taker.take([...links, ...permits(SHARE_PERMITS_MAX)])).toBe("");
    expect(taker.take([...links, ...permits(SHARE_PERMITS_MAX + 1)]), "in all").toBe("TRANSIT_FULL");
    expect(taker.take([...links, ...permits(SHARES_PER_PAIR_MAX), last]), "of one pair").toBe("TRANSIT_FULL");
    const freed = { operation: "forbid", link: 0, outLink: 0 } as const;
    expect(taker.take([...links, ...permits(SHARES_PER_PAIR_MAX), freed, last])).toBe("");
  });

  test("a table that was only announced takes next to no memory, however large it says it is", () => {
    const taker = new Taker();
    const before = process.memoryUsage.rss();
    for (let times = 0; times < 20; times++) taker.take([b], TRANSIT_CHANGES_MAX);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });
});

const number = fc.oneof(fc.nat(3), fc.nat(0xffff_ffff));
const label = fc.oneof(fc.integer({ min: 20, max: 30 }), fc.nat(0xffff_ffff));
const change: fc.Arbitrary<TransitChange> = fc.oneof(
  fc.constantFrom<TransitChange>(b, c, { ...b, label: 22 }, { operation: "unknown" }),
  fc.record({ operation: fc.constantFrom("permit" as const, "forbid" as const), link: number, outLink: number }),
  fc.record({ operation: fc.constant("swap" as const), link: number, label, outLink: number, outLabel: label }),
  fc.record({ operation: fc.constantFrom("end" as const, "remove" as const), link: number, label }),
);

test("whatever comes of tables and packets, nothing throws, and the packets stay as they were", () => {
  const part = fc.record({
    generation: fc.nat(3),
    first: fc.nat(6),
    whole: fc.nat(8),
    packetsPerSecond: fc.nat(2),
    bytesPerSecond: fc.nat(2_000),
    changes: fc.array(change, { maxLength: 8 }),
  });
  const word = label.map((label) => [(label >>> 12) & 255, (label >>> 4) & 255, (label & 15) << 4, 0]);
  const packet = fc.tuple(fc.constantFrom(0x10, 0x11, 0x20), fc.nat(255), fc.array(word, { maxLength: 4 }), fc.nat(4));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.array(packet, { maxLength: 8 }), (parts, packets) => {
      const { transit } = new Taker();
      for (const part of parts) {
        transit.handleChanges(part);
        for (const [first, hopLimit, words, cursor] of packets) {
          const bytes = Uint8Array.from([
            0,
            0,
            0,
            first,
            hopLimit,
            words.length,
            cursor,
            ...Array<number>(8).fill(7),
            ...words.flat(),
          ]);
          const copy = bytes.slice();
          transit.handlePacket(B, bytes, 3, bytes.length);
          expect(bytes).toEqual(copy);
        }
        transit.handleTurnEnd();
        const report = transit.pollReport();
        if (report !== undefined) transit.handleReportTaken(report.number);
      }
    }),
    { numRuns: 200 },
  );
});
