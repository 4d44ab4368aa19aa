import type { QuicConnection } from "@florenetes/quic";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndConnection } from "../../src/transport/connections/end-connection.ts";
import { MemoryBudget } from "../../src/transport/streams/memory-budget.ts";
import { ConnectionTable } from "../../src/transport/packets/connection-table.ts";
import { Fifo } from "../../src/transport/fifo.ts";
import { Lives } from "../../src/transport/peers/lives.ts";
import { defaultLimits } from "../../src/transport/limits.ts";
import { Pulse, PulseAction } from "../../src/transport/connections/pulse.ts";
import { Readers } from "../../src/transport/streams/readers.ts";

describe("pulse", () => {
  /** Runs a pulse on a virtual clock; `answers`: whether the peer is there at a time. */
  function run(until: number, options: { answers: (now: number) => boolean; isBusy: boolean; sendAt?: number }) {
    const pulse = new Pulse(defaultLimits, 0);
    const actions: { at: number; action: PulseAction }[] = [];
    let isInFlight = false;
    let now = 0;
    const transmit = (): void => {
      isInFlight = !options.answers(now);
      if (!isInFlight) pulse.handleHeard(now);
    };
    for (let steps = 0; steps < 10_000; steps++) {
      if (options.sendAt !== undefined && now >= options.sendAt && actions.length === 0) transmit();
      pulse.update(now, isInFlight, options.isBusy);
      const next =
        options.sendAt !== undefined && now < options.sendAt
          ? Math.min(options.sendAt, pulse.nextTimeout())
          : pulse.nextTimeout();
      if (next > until) return actions;
      now = Math.max(now, next);
      const action = pulse.handleTimeout(now);
      if (action === PulseAction.none) continue;
      actions.push({ at: now, action });
      if (action === PulseAction.giveUp) return actions;
      transmit();
    }
    throw new Error("the pulse never rests");
  }

  test.each([
    [true, 1_000, 10],
    [false, 10_000, 1],
  ])("busy %s: asks for a sign of life every %d ms", (isBusy, interval, count) => {
    const actions = run(10_500, { answers: () => true, isBusy });
    expect(actions.map(({ action }) => action)).toEqual(Array.from({ length: count }, () => PulseAction.ping));
    expect(actions.map(({ at }) => at)).toEqual(Array.from({ length: count }, (_, i) => (i + 1) * interval));
  });

  test("a peer that says much and acknowledges nothing is no reason not to repeat, nor to give it up", () => {
    const pulse = new Pulse(defaultLimits, 0);
    pulse.update(0, true, true);
    const repeats: number[] = [];
    for (let now = 0; now <= 70_000; now += 50) {
      pulse.handleHeard(now, now === 1_000);
      const action = pulse.handleTimeout(now);
      expect(action === PulseAction.none || action === PulseAction.repeat).toBe(true);
      if (action === PulseAction.repeat) repeats.push(now);
    }
    expect(repeats.slice(0, 6)).toEqual([200, 450, 700, 950, 1_200, 1_450]);
  });

  test("what is unanswered is repeated after 200 ms and then every 250 ms, until the peer is back", () => {
    const actions = run(8_000, { answers: (now) => now < 1_000 || now >= 6_000, isBusy: true });
    expect(actions[0]).toEqual({ at: 1_000, action: PulseAction.ping });
    const repeats = actions.filter(({ action }) => action === PulseAction.repeat).map(({ at }) => at);
    expect(repeats[0]).toBe(1_200);
    expect(repeats.every((at, i) => i === 0 || at === repeats[i - 1]! + 250)).toBe(true);
    const heard = repeats.at(-1)!;
    expect(heard).toBeGreaterThanOrEqual(6_000);
    expect(heard).toBeLessThan(6_250);
    expect(actions.at(-1)).toEqual({ at: heard + 1_000, action: PulseAction.ping });
  });

  test("gives up after a minute of silence", () => {
    const actions = run(100_000, { answers: () => false, isBusy: false });
    expect(actions.at(-1)).toEqual({ at: 60_000, action: PulseAction.giveUp });
    expect(actions.filter(({ action }) => action === PulseAction.ping)).toHaveLength(1);
  });

  test("nothing is repeated while nothing is unanswered, however long the silence", () => {
    const pulse = new Pulse(defaultLimits, 0);
    pulse.update(0, false, false);
    expect(pulse.handleTimeout(9_999)).toBe(PulseAction.none);
    pulse.update(9_999, true, false);
    expect(pulse.handleTimeout(10_100)).toBe(PulseAction.none);
    expect(pulse.handleTimeout(10_199)).toBe(PulseAction.repeat);
  });
});

test("a fifo is one, also beyond what it keeps in one piece", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_500, max: 1_500 }), { maxLength: 12 }), (moves) => {
      const fifo = new Fifo<number>();
      const naive: number[] = [];
      let next = 0;
      for (const move of moves) {
        for (let i = 0; i < Math.abs(move); i++) {
          if (move < 0) {
            const first = fifo.shift();
            expect(first).toBe(naive.shift());
            if (i % 3 > 0 || first === undefined) continue;
            fifo.unshift(first);
            naive.unshift(first);
          } else {
            fifo.push(next);
            naive.push(next++);
          }
        }
        expect(fifo.size).toBe(naive.length);
        expect(fifo.first).toBe(naive[0]);
      }
    }),
    { numRuns: 30 },
  );
});

test("a connection is found by both halves of its id", () => {
  const table = new ConnectionTable<string>();
  expect(table.add(1, 2, "a")).toBe(true);
  expect(table.add(1, 3, "b")).toBe(true);
  expect(table.add(0xffff_ffff, 2, "c")).toBe(true);
  expect(table.add(1, 2, "again")).toBe(false);
  expect([table.get(1, 2), table.get(1, 3), table.get(0xffff_ffff, 2), table.get(2, 1)]).toEqual([
    "a",
    "b",
    "c",
    undefined,
  ]);
  table.delete(1, 2);
  table.delete(1, 2);
  expect([...table.values()]).toEqual(["b", "c"]);
  expect(table.size).toBe(2);
});

describe("lives", () => {
  const life = (token: string, startedAt: number, id = "00") => ({ vertex: "v", startedAt, id, token });

  test("a later life ends the connections of the one before, and of no other", () => {
    const lives = new Lives<string>();
    expect(lives.admit("user/alice", life("a", 1), "a1")).toEqual([]);
    expect(lives.admit("user/alice", life("a", 1), "a2")).toEqual([]);
    expect(lives.admit("user/alice", life("b", 1), "b1")).toEqual([]);
    expect(lives.admit("user/bob", life("a", 1), "bob")).toEqual([]);
    expect(lives.admit("user/alice", life("a", 2), "a3")).toEqual(["a1", "a2"]);
    expect(lives.admit("user/alice", life("b", 2), "b2")).toEqual(["b1"]);
  });

  test("an earlier life that comes late is the one that is ended", () => {
    const lives = new Lives<string>();
    lives.admit("user/alice", life("a", 2), "new");
    expect(lives.admit("user/alice", life("a", 1), "old")).toBeUndefined();
    expect(lives.admit("user/alice", life("a", 2, "01"), "twin")).toEqual(["new"]);
  });

  test("a life without connections is forgotten, so that a clock that was set back does no harm for long", () => {
    const lives = new Lives<string>();
    lives.admit("user/alice", life("a", 9), "one");
    lives.remove("user/alice", life("a", 9), "one");
    expect(lives.admit("user/alice", life("a", 1), "two")).toEqual([]);
  });
});

describe("readers", () => {
  /** A connection whose streams have unread bytes; those of `stuck` have workloads that do not read, those of
   *  `dialling` targets that do not answer. */
  function connectionOf(streams: number[], stuck: ReadonlySet<number>, dialling: ReadonlySet<number> = new Set()) {
    const seen = { lists: 0, pulled: [] as number[], asked: 0, opened: [] as number[] };
    const relayOf = (id: number) => ({
      isPaused: stuck.has(id),
      pull: () => void seen.pulled.push(id),
      checkReceiving: () => void seen.asked++,
    });
    const relays = new Map(streams.map((id) => [id, relayOf(id)]));
    const opening = {
      isDialling: (id: number) => dialling.has(id),
      handleReadable: (id: number) => void seen.opened.push(id),
    };
    const readAgain = (): void => readers.handleUnread();
    const connection = { state: "open", relays, opening, readAgain } as unknown as EndConnection;
    const quic = { readableStreams: () => [...(seen.lists++, streams)] } as unknown as QuicConnection;
    const readers = new Readers(quic, { stuckPerTurn: 64, opensPerTurn: 64, listPauseMs: 0.1 });
    const turn = (now: number): void => {
      readers.take(now);
      readers.serve(connection, now);
    };
    const packet = (now: number) => {
      readers.handleUnread();
      turn(now);
    };
    return { seen, streams, relays, readers, packet, turn };
  }
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => 4 * (from + i));

  test("all streams are listed after each packet, and after nothing else, while few are stuck", () => {
    const { seen, packet, turn, readers } = connectionOf(ids(1, 70), new Set(ids(7, 64)));
    for (let now = 0; now < 10; now++) {
      packet(now);
      turn(now + 0.5);
      expect(readers.nextTimeout()).toBe(Infinity);
    }
    expect(seen.lists).toBe(10);
    expect(seen.pulled).toHaveLength(60);
    expect(seen.asked).toBeGreaterThan(0);
  });

  test("with many stuck they are listed now and then; between lists those that were read are tried, and no other", () => {
    const { seen, streams, relays, packet, turn, readers } = connectionOf(ids(1, 202), new Set(ids(3, 200)));
    packet(0);
    expect(seen).toMatchObject({ lists: 1, pulled: [4, 8] });
    relays.delete(8);
    streams.push(4_000);
    readers.handleUnread();
    expect(readers.take(1)).toContain(0);
    packet(1);
    packet(19.9);
    expect(seen).toMatchObject({ lists: 1, pulled: [4, 8, 4, 4], opened: [] });
    expect(readers.nextTimeout()).toBe(20);
    turn(19.95);
    expect(seen.pulled).toHaveLength(4);
    turn(20);
    expect(seen.lists).toBe(2);
    expect(seen.opened).toContain(4_000);
    expect(readers.nextTimeout()).toBe(Infinity);
  });

  test("a stream that had nothing to read at one list is tried after it all the same, as long as it is there", () => {
    const { seen, streams, relays, packet } = connectionOf(ids(1, 202), new Set(ids(3, 200)));
    packet(0);
    streams.splice(0, 2);
    packet(20);
    packet(21);
    expect(seen).toMatchObject({ lists: 2, pulled: [4, 8, 4, 8] });
    relays.delete(4);
    packet(40);
    packet(41);
    expect(seen).toMatchObject({ lists: 3, pulled: [4, 8, 4, 8, 8] });
  });

  test("of many streams that are read, so many are tried between two lists as are asked in a turn", () => {
    const { seen, packet } = connectionOf(ids(1, 300), new Set(ids(201, 100)));
    packet(0);
    expect(seen.pulled).toHaveLength(200);
    packet(1);
    expect(seen.pulled).toHaveLength(263);
  });

  test("of many streams that have just begun, so many are begun in a turn, and the others in the next ones", () => {
    const { seen, streams, relays, turn, packet } = connectionOf(ids(1, 200), new Set());
    relays.clear();
    packet(0);
    for (const begun of [64, 128, 192, 200]) {
      expect(seen.opened).toHaveLength(begun);
      streams.splice(0, 64);
      turn(1);
    }
    expect(seen.opened).toEqual(ids(1, 200));
    expect(seen.lists).toBe(4);
  });

  test("streams whose targets do not answer count as stuck", () => {
    const { seen, relays, packet } = connectionOf(ids(1, 640), new Set(), new Set(ids(1, 640)));
    relays.clear();
    for (let now = 0; now < 10; now++) packet(now * 64);
    expect(new Set(seen.opened)).toEqual(new Set(ids(1, 640)));
    expect(seen.opened).toHaveLength(640);
    packet(577);
    expect(seen.lists).toBe(10);
  });

  test("once those that were stuck are gone, each packet has its list again", () => {
    const { seen, streams, packet } = connectionOf(ids(1, 200), new Set(ids(1, 200)));
    packet(0);
    streams.length = 0;
    packet(20);
    packet(20);
    packet(20);
    expect(seen.lists).toBe(4);
  });
});

test("a budget is spent when what is held reaches it", () => {
  const budget = new MemoryBudget(100);
  budget.change(99);
  expect(budget.isSpent).toBe(false);
  budget.change(1);
  expect(budget.isSpent).toBe(true);
  budget.change(-60);
  expect(budget.isSpent).toBe(false);
  expect(budget.held).toBe(40);
});
