import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import type { LinkClassCounts } from "../../src/link-class-counts.ts";
import { QueueLoad } from "../../src/quic-link/links/queue-load.ts";

const none: LinkClassCounts = { packetsSent: 0, bytesSent: 0, droppedFull: 0, droppedLate: 0, delayMs: 0 };

function counts(of: Partial<Record<TrafficClassName, Partial<LinkClassCounts>>>): LinkClassCounts[] {
  return TRAFFIC_CLASS_NAMES.map((name) => ({ ...none, ...of[name] }));
}

test("the load of queues is the delay of the class that is worst off, since the last look", () => {
  const load = new QueueLoad();
  const links = [{}, {}];
  const look = (...of: Parameters<typeof counts>[0][]): number =>
    load.look(of.map((link, index) => [links[index]!, counts(link)] as const));
  expect(look({}, {})).toBe(0);
  expect(look({ bulk: { packetsSent: 10, delayMs: 500 } }, { interactive: { packetsSent: 1, delayMs: 90 } })).toBe(0.9);
  expect(look({ bulk: { packetsSent: 20, delayMs: 2_750 } }, { interactive: { packetsSent: 1, delayMs: 90 } })).toBe(
    0.9,
  );
  expect(look({ bulk: { packetsSent: 20, delayMs: 2_750 } }, {})).toBe(0);
});

test("a class of which all was dropped is as loaded as can be, unless it is there to be dropped", () => {
  const load = new QueueLoad();
  const link = {};
  expect(load.look([[link, counts({ droppable: { droppedFull: 9 } })]])).toBe(0);
  expect(load.look([[link, counts({ bulk: { droppedLate: 1 } })]])).toBe(1);
  expect(load.look([[link, counts({ bulk: { droppedLate: 1 } })]])).toBe(0);
  expect(load.look([[link, counts({ bulk: { droppedLate: 2, packetsSent: 1, delayMs: 25 } })]])).toBe(0.1);
});

test("another session counts anew", () => {
  const load = new QueueLoad();
  const link = {};
  load.look([[link, counts({ reliable: { packetsSent: 1_000, delayMs: 1_000 } })]]);
  expect(load.look([[link, counts({ reliable: { packetsSent: 4, delayMs: 500 } })]])).toBe(0.5);
});
