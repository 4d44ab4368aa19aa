/** A cluster vertex hands over its label table: the parts that it sends, and how many can be under way. */
import { describe, expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import { encodeMessage, type PortalBody } from "../src/messages.ts";
import type { TransitChange, TransitTable } from "../src/transit.ts";
import { TransitOffer } from "../src/transit-offer.ts";

/** The size of the largest message that a CONTROL frame holds: docs/protocol/florio.md. */
const MESSAGE_SIZE_MAX = 64_992;

type Part = PortalBody & { kind: "transit-changes" };

const rates = { packetsPerSecond: 1, bytesPerSecond: 1 };
const longNames = { peer: "ü".repeat(limits.PEER_LENGTH_MAX), tag: "ü".repeat(limits.TAG_LENGTH_MAX) };
const allowance = { classes: 0x3f, bitsPerSecond: 1e12 };
const largest = { operation: "permit", link: 0xfff, outLink: 0xfff, allowance, share: 0xfff } as const;
const features = ["transit", "permits", "shares"];

function tableOf(size: number, change: TransitChange = largest): TransitTable {
  return { size, ...rates, change: () => change };
}

/** An offer that a link vertex has begun to take, and the messages that it sends. */
class Offer {
  readonly offer: TransitOffer;
  now = 0;

  constructor(table: TransitTable) {
    this.offer = new TransitOffer(table);
    this.offer.handleAttached(features);
  }

  taken(taken: number, code = ""): Part[] {
    this.offer.handleProgress({ generation: this.offer.generation, taken, code }, this.now);
    return this.sent();
  }

  sent(): Part[] {
    const parts: Part[] = [];
    this.offer.pump(this.now, (part) => parts.push(part as Part));
    return parts;
  }
}

function rangesOf(parts: readonly Part[]): (readonly [number, number])[] {
  return parts.map(({ first, changes }) => [first, first + changes.length]);
}

describe("a table", () => {
  test("that comes after the attachment is offered from then on, and nothing before", () => {
    const offer = new TransitOffer();
    offer.handleAttached(features);
    const parts: PortalBody[] = [];
    offer.pump(0, (part) => parts.push(part));
    expect([offer.isSettled, offer.isTaken, parts]).toEqual([true, false, []]);
    offer.replace(tableOf(3));
    offer.pump(0, (part) => parts.push(part));
    expect([offer.isSettled, offer.isTaken, parts.length]).toEqual([false, false, 1]);
    offer.handleProgress({ generation: offer.generation, taken: 3, code: "" }, 0);
    expect([offer.isSettled, offer.isTaken]).toEqual([true, true]);
  });

  test("is settled while a heartbeat that says the same again would have nothing sent", () => {
    const offer = new TransitOffer(tableOf(3));
    expect(offer.isSettled).toBe(true);
    offer.handleAttached(features);
    expect(offer.isSettled).toBe(false);
    const taken = (count: number, code = ""): boolean => {
      offer.handleProgress({ generation: offer.generation, taken: count, code }, 0);
      return offer.isSettled;
    };
    expect([taken(0), taken(2), taken(3)]).toEqual([false, false, true]);
    offer.append(largest);
    expect(offer.isSettled).toBe(false);
    expect(taken(4)).toBe(true);
    offer.replace(tableOf(2));
    expect(offer.isSettled).toBe(false);
    // A table that is refused is not sent again.
    expect(taken(0, "TOO_MANY")).toBe(true);
  });

  test("is announced without changes, again 50 ms after that was not heard, and sent when the link vertex has begun", () => {
    const offer = new Offer(tableOf(3));
    expect(offer.sent()).toMatchObject([{ generation: 1, first: 0, whole: 3, changes: [], ...rates }]);
    expect(offer.sent()).toEqual([]);
    offer.now = limits.STATES_INTERVAL_MS_MIN - 1;
    offer.offer.handleProgress(undefined, offer.now);
    expect(offer.sent()).toEqual([]);
    offer.now++;
    offer.offer.handleProgress(undefined, offer.now);
    expect(rangesOf(offer.sent())).toEqual([[0, 0]]);
    expect(rangesOf(offer.taken(0))).toEqual([[0, 3]]);
  });

  test("has at most four parts under way, and goes on as they are taken", () => {
    const size = limits.TRANSIT_CHANGES_PER_MESSAGE;
    const offer = new Offer(tableOf(10 * size));
    offer.sent();
    const first = offer.taken(0);
    expect(first.length).toBe(limits.TRANSIT_PARTS_MAX);
    expect(rangesOf(first)[3]).toEqual([3 * size, 4 * size]);
    expect(offer.taken(size - 1)).toEqual([]);
    expect(rangesOf(offer.taken(2 * size))).toEqual([4, 5].map((part) => [part * size, (part + 1) * size]));
  });

  test("goes again from where it was lost, when nothing was sent for 50 ms", () => {
    const offer = new Offer(tableOf(700));
    offer.sent();
    offer.taken(0);
    offer.now = limits.STATES_INTERVAL_MS_MIN - 1;
    expect(offer.taken(512)).toEqual([]);
    offer.now++;
    expect(rangesOf(offer.taken(512))).toEqual([[512, 700]]);
  });

  test("fits into frames, with the longest names and the largest numbers", () => {
    const link: TransitChange = { operation: "link", key: longNames, label: 0xf_ffff };
    for (const change of [link, largest]) {
      const offer = new Offer(tableOf(10_000, change));
      offer.sent();
      for (const body of offer.taken(0)) {
        const instance = "ü".repeat(limits.INSTANCE_ID_LENGTH_MAX);
        const message = encodeMessage({ instance, attachment: 0xffff_ffff, requestId: 0, body });
        expect(message.length).toBeLessThanOrEqual(MESSAGE_SIZE_MAX);
      }
    }
  });

  test("that is refused is not sent any more, until the next attach or the next table", () => {
    const offer = new Offer(tableOf(3));
    offer.sent();
    expect(offer.taken(0, "TRANSIT_FULL")).toEqual([]);
    expect([offer.offer.code, offer.offer.isTaken]).toEqual(["TRANSIT_FULL", false]);
    offer.offer.replace(tableOf(2));
    expect(offer.sent()).toMatchObject([{ generation: 2, whole: 2 }]);
    expect(rangesOf(offer.taken(0))).toEqual([[0, 2]]);
    offer.taken(2);
    expect(offer.offer.isTaken).toBe(true);
  });
});

describe("a change of a table that holds", () => {
  const removal: TransitChange = { operation: "remove", link: 0, label: 100 };

  test("holds when it is taken, and not while the table is not whole", () => {
    const offer = new Offer(tableOf(600));
    const change = offer.offer.append(removal);
    offer.sent();
    expect(rangesOf(offer.taken(0))).toEqual([
      [0, 512],
      [512, 601],
    ]);
    offer.taken(600);
    expect([offer.offer.isHeld(change), offer.offer.isTaken]).toEqual([false, false]);
    offer.taken(601);
    expect([offer.offer.isHeld(change), offer.offer.isTaken]).toEqual([true, true]);
  });

  test("is not known to hold when the attachment has ended", () => {
    const offer = new Offer(tableOf(2));
    const change = offer.offer.append(removal);
    offer.sent();
    offer.taken(3);
    expect(offer.offer.isHeld(change)).toBe(true);
    offer.offer.handleDetached();
    expect(offer.offer.isHeld(change)).toBe(false);
    offer.offer.handleAttached(features);
    expect(offer.offer.isHeld(change), "a link vertex of another life knows nothing of it").toBe(false);
  });

  test("of another table is none of this one's: late news of that changes nothing", () => {
    const offer = new Offer(tableOf(2));
    offer.offer.replace(tableOf(5));
    offer.sent();
    offer.offer.handleProgress({ generation: 1, taken: 5, code: "" }, 0);
    expect(offer.offer.isTaken).toBe(false);
    expect(offer.sent(), "it has not begun").toEqual([]);
  });
});
