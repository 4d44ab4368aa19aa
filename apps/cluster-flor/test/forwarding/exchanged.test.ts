import {
  LABEL_CONNECTION,
  QUESTION_MAGIC,
  setTrafficClass,
  SHARE_MAX,
  TrafficClass,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { noFigures } from "../../src/data-plane/no-figures.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import type { ExchangedStatus } from "../../src/forwarding/exchanged-status.ts";
import type { Forwarder } from "../../src/forwarding/forwarder.ts";
import { LINK_NONE } from "../../src/forwarding/interfaces.ts";
import { SHARES_PER_LINK_MAX } from "../../src/forwarding/limits.ts";
import { config, frameOf, linkOf, packetOf, Recorder, TO_B, WEB } from "./recorder.ts";

const [A, B] = [0, 1];
const { bulk, control } = TrafficClass;
const none = { sentPackets: 0, sentBytes: 0, packets: 0, bytes: 0 };

/** A packet whose words have a share each. */
function packet(
  words: readonly (readonly [label: number, share: number])[],
  of: TrafficClass,
  payload: readonly number[] = [],
): Uint8Array {
  const made = new Uint8Array(12 + 4 * words.length + payload.length);
  const at = writeHeader(
    made,
    0,
    1,
    2,
    Uint32Array.from(words, ([label, share]) => wordsOf([label], share)[0]!),
  );
  made.set(payload, at);
  setTrafficClass(made, 0, of);
  return made;
}

const rows = (forwarder: Forwarder): readonly ExchangedStatus[] => forwarder.sight(noFigures).exchanged;
const send = ({ forwarder }: Recorder, link: number, made: Uint8Array): boolean =>
  forwarder.sendFromHere(link, made, 0, made.length);

test("own packets are counted whole, by link, share and class", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  const words = [
    [202, 7],
    [WEB, 9],
  ] as const;
  const through = (size: number): Uint8Array => packet(words, bulk, Array(size).fill(0));
  send(recorder, B, through(80));
  send(recorder, B, through(10));
  send(recorder, A, packet([[WEB, 0]], control));
  const came = [packet([[WEB, SHARE_MAX]], bulk, [1, 2, 3, 4]), packet([[LABEL_CONNECTION, 0]], bulk, [1, 2, 3, 4])];
  forwarder.handleFrame(A, frameOf([...came, packet([[2, 7]], control, QUESTION_MAGIC)]));
  expect(rows(forwarder)).toEqual([
    {
      link: "a",
      share: 0,
      classes: { control: { ...none, sentPackets: 1, sentBytes: 16 }, bulk: { ...none, packets: 1, bytes: 20 } },
    },
    { link: "a", share: 7, classes: { control: { ...none, packets: 1, bytes: 20 } } },
    { link: "a", share: SHARE_MAX, classes: { bulk: { ...none, packets: 1, bytes: 20 } } },
    { link: "b", share: 7, classes: { bulk: { ...none, sentPackets: 2, sentBytes: 130 } } },
  ]);
  expect(forwarder.snapshot().links[A]!.packetsDelivered, "each that was delivered is among them").toBe(3);
});

test("packets that pass through, are dropped or never leave are not counted", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  forwarder.handleFrame(
    A,
    frameOf([
      packet(
        [
          [TO_B, 7],
          [WEB, 7],
        ],
        bulk,
      ),
    ]),
  );
  forwarder.handleFrame(A, frameOf([packet([[777, 7]], bulk), packetOf([WEB, WEB]), Uint8Array.of(0x10)]));
  send(recorder, LINK_NONE, packet([[WEB, 7]], bulk));
  recorder.endTurn();
  recorder.full.add(B);
  expect(send(recorder, B, packet([[WEB, 7]], bulk))).toBe(false);
  expect(rows(forwarder)).toEqual([]);
});

test("a flood of shares leaves those in use, and is bounded", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  for (let share = 1; share <= SHARE_MAX; share++) {
    // Share 5 is used each time, so that others make room.
    forwarder.handleFrame(A, frameOf([packet([[WEB, share]], bulk), packet([[WEB, 5]], bulk)]));
    send(recorder, A, packet([[WEB, 0]], bulk));
  }
  forwarder.handleFrame(A, frameOf([packet([[WEB, 1]], bulk)]));
  const told = rows(forwarder);
  const newest = Array.from({ length: SHARES_PER_LINK_MAX - 2 }, (_, at) => SHARE_MAX + 3 - SHARES_PER_LINK_MAX + at);
  expect(told.map(({ share }) => share)).toEqual([0, 1, 5, ...newest]);
  const [ofNone, one, five] = told;
  expect(ofNone!.classes.bulk!.sentPackets, "no share has a place of its own").toBe(SHARE_MAX);
  expect(one!.classes.bulk!.packets, "a share that comes again begins anew").toBe(1);
  expect(five!.classes.bulk!.packets).toBe(SHARE_MAX + 1);
});

test("of any packets those of the shares that were used last are counted", () => {
  const shares = fc.array(fc.integer({ min: 0, max: SHARES_PER_LINK_MAX + 8 }), { minLength: 100, maxLength: 400 });
  fc.assert(
    fc.property(shares, (sequence) => {
      const recorder = new Recorder();
      /** Packets by share; what was used last is last. */
      const expected = new Map<number, number>();
      for (const share of sequence) {
        send(recorder, B, packet([[WEB, share]], bulk));
        const packets = (expected.get(share) ?? 0) + 1;
        expected.delete(share);
        expected.set(share, packets);
        const [oldest] = [...expected.keys()].filter((each) => each !== 0);
        if (expected.size - Number(expected.has(0)) > SHARES_PER_LINK_MAX) expected.delete(oldest!);
      }
      const told = rows(recorder.forwarder).map(({ share, classes }) => [share, classes.bulk!.sentPackets]);
      expect(told).toEqual([...expected].toSorted(([a], [b]) => a - b));
    }),
    { numRuns: runs(500, 50) },
  );
});

test("what both threads have counted adds up; of more shares than there may be those of the data thread are told", () => {
  const recorder = new Recorder();
  for (let share = 1; share <= SHARES_PER_LINK_MAX; share++) send(recorder, B, packet([[WEB, share]], bulk));
  const exchanged = Array.from({ length: SHARES_PER_LINK_MAX }, (_, at) => {
    return { link: B, share: 2 + at, trafficClass: bulk, sentPackets: 10, sentBytes: 100, packets: 5, bytes: 50 };
  });
  const told = recorder.forwarder.sight({ ...noFigures, exchanged }).exchanged;
  expect(told.map(({ share }) => share)).toEqual(exchanged.map(({ share }) => share));
  expect(told[0]!.classes.bulk).toEqual({ sentPackets: 11, sentBytes: 116, packets: 5, bytes: 50 });
  expect(told.at(-1)!.classes.bulk).toEqual({ sentPackets: 10, sentBytes: 100, packets: 5, bytes: 50 });
});

test("another link in a slot begins anew, and one that stays goes on", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  for (const link of [A, B]) send(recorder, link, packet([[WEB, 7]], bulk));
  const other = B + 2 ** 20;
  const links = new SlotMap([
    [A, config.links.get(A)!],
    [other, linkOf("d", 104)],
  ]);
  forwarder.reconfigure({ ...config, links, transit: [], crossConnects: [] }, new SlotMap());
  expect(rows(forwarder).map(({ link }) => link)).toEqual(["a"]);
  send(recorder, other, packet([[WEB, 7]], bulk));
  expect(rows(forwarder)[1]).toMatchObject({ link: "d", classes: { bulk: { sentPackets: 1 } } });
});
