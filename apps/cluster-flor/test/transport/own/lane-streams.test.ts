import type { NativeStreamEvent } from "@florenetes/data-plane";
import { expect, test } from "vitest";
import { LaneStreams } from "../../../src/transport/lane/lane-streams.ts";
import { echo } from "../../../src/transport/own/echo.ts";
import type { OwnService } from "../../../src/transport/own/own-service.ts";
import type { OwnWorkload } from "../../../src/transport/own/own-stream.ts";

const SERVICE = 3;
const bytes = Uint8Array.of(1, 2);

/** The service's streams, and the orders that came of these events. */
function ordersAfter(service: OwnService, events: readonly NativeStreamEvent[]): unknown[][] {
  const orders: unknown[][] = [];
  const record =
    (name: string) =>
    (...order: unknown[]) =>
      void orders.push([name, ...order]);
  const streams = new LaneStreams({
    writeStream: record("write"),
    endStream: record("end"),
    takeStream: record("take"),
    resetStream: record("reset"),
  });
  streams.serve(SERVICE, service);
  for (const event of events) streams.handleEvent(event);
  return orders;
}

const begun = { kind: "streamBegun", workload: 7, service: SERVICE } as const;
const told = { kind: "streamBytes", workload: 7, bytes } as const;
const writable = { kind: "streamWritable", workload: 7 } as const;
const ended = { kind: "streamEnded", workload: 7 } as const;
const reset = { kind: "streamReset", workload: 7, code: 1 } as const;

test.each<[string, readonly NativeStreamEvent[], unknown[][]]>([
  [
    "takes the next when the last is on its way",
    [begun, told, writable],
    [
      ["write", 7, bytes],
      ["take", 7],
    ],
  ],
  [
    "ends when the peer does",
    [begun, told, ended],
    [
      ["write", 7, bytes],
      ["end", 7],
    ],
  ],
  ["forgets a stream whose halves have ended", [begun, ended, told, ended, writable], [["end", 7]]],
  ["forgets a stream that was reset", [begun, reset, told, ended], []],
  ["knows of no stream that has not begun", [told, ended, reset], []],
])("echo %s", (_, events, orders) => {
  expect(ordersAfter(echo, events)).toEqual(orders);
});

test("a service hears why its stream was reset, and may reset it by itself", () => {
  const heard: number[] = [];
  const workload: OwnWorkload = (stream) => {
    const ignore = (): void => {};
    return {
      handleBytes: () => stream.reset(),
      handleEnd: ignore,
      handleWritable: ignore,
      handleReset: (code) => heard.push(code),
    };
  };
  const service: OwnService = {
    dialStream: (_caller, dialled) => {
      dialled.handleConnected(workload);
      return () => {};
    },
  };
  expect(ordersAfter(service, [begun, told, reset, reset])).toEqual([["reset", 7]]);
  expect(heard).toEqual([1]);
});
