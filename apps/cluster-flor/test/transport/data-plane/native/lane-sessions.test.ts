import { SESSION_EVENT_SIZE } from "@florenetes/data-plane";
import { beforeEach, expect, test } from "vitest";
import { LaneSessions, type SessionOrders } from "../../../../src/transport/data-plane/native/lane-sessions.ts";
import type { SessionReaderOwner } from "../../../../src/transport/own/session-readers.ts";

const rest = Uint8Array.of(15);
const bytes = Uint8Array.of(1, 2);

let orders: unknown[][];
let heard: unknown[][];
/** Whether there is a descriptor to spare. */
let hasRoom: boolean;
let sessions: LaneSessions;
let owner: SessionReaderOwner;

beforeEach(() => {
  orders = [];
  heard = [];
  hasRoom = true;
  const record =
    (name: string) =>
    (...order: unknown[]): void =>
      void orders.push([name, ...order]);
  const lane: SessionOrders = {
    readSession: (...order) => {
      orders.push(["read", ...order]);
      return hasRoom;
    },
    joinFlow: record("join"),
    partFlow: record("part"),
    takeSession: record("take"),
    leaveSession: record("leave"),
  };
  sessions = new LaneSessions(lane, record("flush"));
  owner = {
    handleRead: (told, size) => void heard.push(["read", told, size]),
    handleLeft: (told) => void heard.push(["left", told]),
  };
});

test("a session has a number of its own, by which it is ordered and told of until it is closed", () => {
  const [first, second] = [sessions.open(5, rest, owner)!, sessions.open(6, rest, { ...owner, handleRead() {} })!];
  first.join(3, 70);
  second.take(9);
  first.part(3);
  sessions.handleEvent({ kind: "sessionBytes", session: 0, bytes });
  sessions.handleEvent({ kind: "sessionBytes", session: 1, bytes });
  first.close();
  first.close();
  sessions.handleEvent({ kind: "sessionBytes", session: 0, bytes });
  sessions.handleEvent({ kind: "sessionLeft", session: 0, bytes });
  expect(orders).toEqual([
    ["read", 0, 5, rest],
    ["read", 1, 6, rest],
    ["flush"],
    ["join", 0, 3, 70],
    ["take", 1, 9],
    ["part", 0, 3],
    ["leave", 0],
  ]);
  expect(heard).toEqual([["read", bytes, bytes.length + SESSION_EVENT_SIZE]]);
});

test("a session that is given back gets no more orders", () => {
  const reader = sessions.open(5, rest, owner)!;
  sessions.handleEvent({ kind: "sessionLeft", session: 0, bytes });
  reader.join(3, 70);
  reader.part(3);
  reader.take(1);
  reader.close();
  expect([heard, orders.length]).toEqual([[["left", bytes]], 1]);
});

test("without a descriptor to spare nobody reads", () => {
  hasRoom = false;
  expect(sessions.open(5, rest, owner)).toBeUndefined();
  sessions.handleEvent({ kind: "sessionBytes", session: 0, bytes });
  expect(heard).toEqual([]);
});
