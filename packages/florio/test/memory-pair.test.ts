import { describe, expect, test } from "vitest";
import { memoryFlorioPair } from "../src/memory-pair.ts";
import { florioConformance, Recorder } from "./conformance.ts";

describe("a pair in memory keeps the contract", () => {
  florioConformance(async (handlersOfA, handlersOfB) => {
    const pair = memoryFlorioPair(handlersOfA, handlersOfB, { socketFrames: 4 });
    pair.connect();
    return {
      a: pair.a,
      b: pair.b,
      settle: async () => pair.settle(),
      restartB: async () => {
        pair.disconnect();
        pair.connect();
      },
      close: () => {
        pair.a.close();
        pair.b.close();
      },
    };
  });
});

test("nothing moves but by a turn, and nothing flows before they are joined", () => {
  const [a, b] = [new Recorder(), new Recorder()];
  const pair = memoryFlorioPair(a, b);
  expect(pair.a.sendPacket(1, Uint8Array.of(1), 0, 1)).toBe(false);
  pair.connect();
  pair.a.sendPacket(1, Uint8Array.of(1), 0, 1);
  expect(b.packets).toEqual([]);
  expect(pair.runTurn()).toBe(true);
  expect(b.packets.length).toBe(1);
  pair.settle();
  expect(pair.runTurn()).toBe(false);
});

test("what is under way when they part is lost", () => {
  const [a, b] = [new Recorder(), new Recorder()];
  const pair = memoryFlorioPair(a, b);
  pair.connect();
  pair.a.sendPacket(1, Uint8Array.of(1), 0, 1);
  pair.disconnect();
  pair.connect();
  pair.settle();
  expect(b.packets).toEqual([]);
  expect(pair.a.counters.packetsDroppedNotConnected).toBe(1);
  expect(b.log).toEqual(["connected", "disconnected", "connected"]);
});

test("one that was killed is found gone by the next that is sent to it, and another can take its place", () => {
  const [a, b] = [new Recorder(), new Recorder()];
  const active = new Set<unknown>();
  const pair = memoryFlorioPair(a, b, { onActivity: (port) => active.add(port) });
  pair.connect();
  pair.b.sendPacket(1, Uint8Array.of(1), 0, 1);
  pair.b.kill();
  expect(a.log).toEqual(["connected"]);
  expect(pair.a.sendControl(Uint8Array.of(1))).toBe(false);
  expect(a.log, "never from inside one of the port's methods").toEqual(["connected"]);
  expect(active).toContain(pair.a);
  pair.settle();
  expect([a.log, b.log]).toEqual([["connected", "disconnected"], ["connected"]]);
  expect(a.packets).toEqual([]);
  pair.connect();
  expect(pair.a.sendControl(Uint8Array.of(2))).toBe(true);
  pair.settle();
  expect(b.messages).toEqual([Uint8Array.of(2)]);
});

test("who waits for room in the socket of one that is killed finds it gone, too", () => {
  const [a, b] = [new Recorder(), new Recorder()];
  const pair = memoryFlorioPair(a, b, { socketFrames: 1 });
  pair.connect();
  for (const byte of [1, 2]) expect(pair.a.sendControl(Uint8Array.of(byte))).toBe(true);
  expect(pair.a.counters.socketFull).toBe(1);
  pair.b.kill();
  pair.settle();
  expect(a.log).toEqual(["connected", "disconnected"]);
});
