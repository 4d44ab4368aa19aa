import type { QuicConnection } from "@florenetes/quic";
import { expect, test } from "vitest";
import { type ReadConnection, Readers } from "../../../src/transport/streams/readers.ts";

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
  const connection = { state: "open", relays, opening, readAgain } as unknown as ReadConnection;
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
