/** The law on kept bytes, beside a plain model of the bytes that an engine keeps. */
import { array, assert, boolean, integer, nat, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionLedger } from "../src/guard/connection-ledger.ts";
import { ProcessLedger } from "../src/guard/process-ledger.ts";
import { ReceivedRanges } from "../src/guard/received-ranges.ts";
import { UnseenStreams } from "../src/guard/stream-ids.ts";
import {
  GAPS_MAX,
  HIDDEN_MAX,
  HIDDEN_MIN,
  HIDDEN_PER_DELIVERED,
  HIDDEN_STREAM_COST,
  PIECE_COST,
  UNREAD_PIECES_MAX,
} from "../src/limits.ts";

const windowSize = 8 * 1024 * 1024;
const packetSize = 1_350;

test("ranges are what a set of single bytes is", () => {
  const range = record({ start: nat(60), length: integer({ min: 1, max: 20 }), isRead: boolean() });
  assert(
    property(array(range, { maxLength: 60 }), (steps) => {
      const ranges = new ReceivedRanges();
      const model = new Set<number>();
      let front = 0;
      for (const { start, length, isRead } of steps) {
        if (isRead) {
          front = Math.max(front, Math.min(start, 70));
          for (let at = 0; at < front; at++) model.add(at);
          ranges.advance(front);
        } else {
          const before = model.size;
          for (let at = start; at < start + length; at++) model.add(at);
          expect(ranges.add(start, start + length)).toBe(model.size - before);
        }
        while (model.has(front)) front++;
        expect(ranges.front).toBe(front);
        expect(ranges.beyond).toBe([...model].filter((at) => at >= front).length);
        expect(ranges.highest).toBe(Math.max(front, ...[...model].map((at) => at + 1)));
      }
    }),
  );
});

test("a frame over several gaps is kept in as many pieces", () => {
  const ranges = new ReceivedRanges();
  for (const at of [10, 12, 14]) ranges.add(at, at + 1);
  expect(ranges.add(9, 17)).toBe(5);
  expect(ranges.pieces).toBe(4);
});

test("each stream is new once, in whatever order they begin", () => {
  assert(
    property(array(nat(80), { maxLength: 100 }), (numbers) => {
      const unseen = new UnseenStreams(1);
      const seen = new Set<number>();
      for (const number of numbers) {
        expect(unseen.take(1 + 4 * number)).toBe(!seen.has(number));
        seen.add(number);
      }
    }),
  );
});

test("a stream that is over is known at once, however many were passed over", () => {
  /** CPU time of thousands of questions, in microseconds. */
  function questions(passedOver: number): number {
    const unseen = new UnseenStreams(0);
    for (let i = 0; i <= passedOver; i++) unseen.take(8 * i);
    const before = process.cpuUsage().user;
    for (let i = 0; i < 20_000; i++) unseen.take(0);
    return process.cpuUsage().user - before;
  }
  questions(8_000);
  expect(questions(8_000)).toBeLessThan(100 * Math.max(questions(8), 500));
});

describe("honest peers do not meet the law", () => {
  function meet(): ConnectionLedger {
    return new ConnectionLedger(true, new ProcessLedger());
  }

  test("with a window of 8 MB that is filled before anything is read, in order", () => {
    const ledger = meet();
    for (let at = 0; at < windowSize; at += packetSize) ledger.handleStream(0, at, packetSize);
    expect(ledger.hidden).toBe(0);
  });

  test("with a window that has grown to 8 MB and loses its first packet again and again", () => {
    const ledger = meet();
    for (let at = 0, window = 262_144; at < 20 * windowSize; at += window, window = Math.min(2 * window, windowSize)) {
      for (let to = packetSize; to < window; to += packetSize) ledger.handleStream(0, at + to, packetSize);
      expect(ledger.violation).toBeUndefined();
      ledger.handleStream(0, at, packetSize);
      ledger.handleRead(0, window);
      expect(ledger.hidden).toBeLessThan(windowSize / 100);
    }
  });

  test("with one of twenty packets lost, all doubled, and messages of 40 bytes that are read late", () => {
    const ledger = meet();
    const lost: number[] = [];
    const behind = 160_000;
    let read = 0;
    let hiddenMost = 0;
    for (let at = 0; at < 4_000_000; at += 40) {
      if ((at / 40) % 20 === 7) lost.push(at);
      else for (let i = 0; i < 2; i++) ledger.handleStream(0, at, 40);
      if (lost.length === 40) for (const offset of lost.splice(0)) ledger.handleStream(0, offset, 40);
      if (lost.length === 0 && at - read > behind) {
        ledger.handleRead(0, at - behind - read);
        read = at - behind;
      }
      hiddenMost = Math.max(hiddenMost, ledger.hidden);
    }
    expect(hiddenMost).toBeLessThan(HIDDEN_MIN / 4);
  });

  test("with a window of 8 MB of which every other packet is lost", () => {
    const ledger = meet();
    for (let i = 0; i < 6; i++) ledger.handleRead(4, windowSize);
    for (let at = 0; at < windowSize; at += 2 * 1_200) expect(ledger.handleStream(0, at, 1_200)).toBeUndefined();
  });

  test.each([0, 20])(
    "with three readers that have stopped, windows of 10-byte messages, and one of %i lost for a while",
    (oneOf) => {
      const all = new ProcessLedger();
      const ledger = new ConnectionLedger(true, all);
      for (let at = 0; at < 262_144; at += 10) {
        for (const id of [0, 4, 8]) {
          if (oneOf === 0 || (at / 10) % oneOf !== 7) ledger.handleStream(id, at, 10);
          // The lost frame comes again a round trip later.
          const lost = at - 500 * 10;
          if (oneOf > 0 && lost >= 0 && (lost / 10) % oneOf === 7) ledger.handleStream(id, lost, 10);
        }
        expect(ledger.violation).toBeUndefined();
      }
      expect(all.hidden).toBeGreaterThan(1.5 * HIDDEN_MIN);
      for (const id of [0, 4, 8]) ledger.handleStreamOver(id);
      expect(all.hidden).toBe(0);
      // Nothing is left of the streams: equally many bytes may stand still again, and no more.
      for (const id of [12, 16, 20]) for (let at = 0; at < 262_144; at += 10) ledger.handleStream(id, at, 10);
      expect(ledger.violation).toBeUndefined();
    },
  );

  test("with all the streams there are, of each of which the first packet is late", () => {
    const ledger = meet();
    for (let i = 0; i < 800; i++) ledger.handleStream(4 * 20 * i, 1_200, 4_000);
    expect(ledger.violation).toBeUndefined();
    for (let i = 0; i < 800; i++) ledger.handleStream(4 * 20 * i, 0, 1_200);
    expect(ledger.hidden).toBe(0);
    for (let i = 0; i < 800; i++) ledger.handleRead(4 * 20 * i, 5_200);
  });

  test("whose streams are over, and whose packets come once more", () => {
    const ledger = meet();
    for (let i = 0; i < 20_000; i++) {
      ledger.handleStream(4 * i, 0, 100);
      ledger.handleRead(4 * i, 100);
      ledger.handleStreamOver(4 * i);
      ledger.handleStream(4 * i, 0, 100);
      ledger.handleStreamNamed(4 * i);
    }
    expect(ledger.hidden).toBe(0);
  });
});

describe("what is hidden", () => {
  test.each<[string, (i: number) => number]>([
    ["upwards", (i) => 2 * i + 1],
    ["downwards", (i) => 100_000 - 2 * i],
  ])("has so many gaps at most, also when they come %s", (_, offset) => {
    const ledger = new ConnectionLedger(true, new ProcessLedger());
    for (let i = 0; i < GAPS_MAX; i++) expect(ledger.handleStream(0, offset(i), 1)).toBeUndefined();
    expect(ledger.handleStream(0, offset(GAPS_MAX), 1)).toBe("GAPS");
  });

  test("is bounded by what was delivered, and in all", () => {
    const ledger = new ConnectionLedger(true, new ProcessLedger());
    expect(ledger.allowed).toBe(HIDDEN_MIN);
    ledger.handleDelivered(1_000_000);
    expect(ledger.allowed).toBe(HIDDEN_MIN + HIDDEN_PER_DELIVERED * 1_000_000);
    ledger.handleDelivered(1_000_000_000);
    expect(ledger.allowed).toBe(HIDDEN_MAX);
  });

  test("in small pieces in order is bounded, on however many streams", () => {
    const ledger = new ConnectionLedger(true, new ProcessLedger());
    let pieces = 0;
    while (ledger.handleStream(4 * (pieces % 10_000), Math.floor(pieces / 10_000), 1) === undefined) pieces++;
    expect(ledger.violation).toBe("HIDDEN_BYTES");
    expect(pieces).toBe(Math.floor((HIDDEN_MIN + UNREAD_PIECES_MAX) / PIECE_COST));
  });

  test("is let go as it is read, or when the stream is over", () => {
    const ledger = new ConnectionLedger(true, new ProcessLedger());
    for (let at = 0; at < 8_192; at++) ledger.handleStream(0, at, 1);
    expect(ledger.hidden).toBe(8_192 * PIECE_COST);
    ledger.handleRead(0, 4_097);
    expect(ledger.hidden).toBeLessThanOrEqual(4_097 * PIECE_COST);
    ledger.handleReset(0);
    expect(ledger.hidden).toBe(0);
    ledger.handleStream(0, 9_000, 1);
    expect(ledger.hidden).toBe(0);
    ledger.handleStreamNamed(4);
    expect(ledger.hidden).toBe(HIDDEN_STREAM_COST);
  });

  test("by all connections is bounded: the owner that hides most loses its worst, and nobody else any", () => {
    const step = record({ connection: nat(39), kilobytes: integer({ min: 1, max: 60 }), isClosing: boolean() });
    assert(
      property(
        array(nat(3), { minLength: 40, maxLength: 40 }),
        array(step, { minLength: 100, maxLength: 200 }),
        (owners, steps) => {
          const max = 300_000;
          const all = new ProcessLedger(max);
          const leaving = new Set<ConnectionLedger>();
          const ledgers = owners.map((owner) => {
            const ledger = new ConnectionLedger(true, all);
            ledger.owner = owner === 0 ? undefined : String(owner);
            ledger.onTooMany = () => {
              const sumOf = (one: ConnectionLedger): number =>
                sum(staying.filter((other) => other.owner === one.owner));
              const staying = ledgers.filter((one) => !leaving.has(one));
              for (const one of staying) expect(sumOf(ledger)).toBeGreaterThanOrEqual(sumOf(one));
              const ofOwner = staying.filter((one) => one.owner === ledger.owner);
              for (const one of ofOwner) expect(ledger.hidden).toBeGreaterThanOrEqual(one.hidden);
              leaving.add(ledger);
            };
            return ledger;
          });
          const sum = (some: Iterable<ConnectionLedger>): number =>
            [...some].reduce((total, { hidden }) => total + hidden, 0);
          for (const [i, { connection, kilobytes, isClosing }] of steps.entries()) {
            const ledger = ledgers[connection]!;
            if (leaving.has(ledger) || isClosing) ledger.handleClosed();
            else ledger.handleStream(0, 100_000 * (i + 1), 1_000 * kilobytes);
            // A connection that was told to close still counts until it has gone.
            expect(all.hidden).toBe(sum(ledgers));
            expect(sum(ledgers.filter((one) => !leaving.has(one)))).toBeLessThanOrEqual(max);
            for (const one of leaving) if (one.hidden > 0) expect(one.violation).toBe("HIDDEN_BYTES_OF_ALL");
          }
          for (const ledger of ledgers) ledger.handleClosed();
          expect(all.hidden).toBe(0);
        },
      ),
    );
  });

  test("on a few connections is nobody's business while another owner hides more on a thousand", () => {
    const all = new ProcessLedger();
    const meet = (owner: string): ConnectionLedger => Object.assign(new ConnectionLedger(true, all), { owner });
    const attackers = Array.from({ length: 1_000 }, () => meet("attacker"));
    const attack = (): void => {
      for (const ledger of attackers) {
        for (let i = 0; i < 400 && ledger.violation === undefined; i++) ledger.handleStream(0, 1_300 * i + 1, 1_300);
        if (ledger.violation !== undefined) ledger.handleClosed();
      }
    };
    attack();
    const honest = meet("honest");
    honest.handleRead(0, 100_000_000);
    for (let i = 1; i < windowSize / packetSize; i++) honest.handleStream(4, packetSize * i, packetSize);
    attack();
    expect(honest.violation).toBeUndefined();
    expect(honest.hidden).toBeGreaterThan(windowSize - 2 * packetSize);
  });
});
