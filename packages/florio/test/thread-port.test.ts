import { expect, test, vi } from "vitest";
import { FlorioError, newFlorioCounters, ThreadPort, threadPortError } from "../src/index.ts";
import type { ThreadPortFigures } from "../src/thread-port.ts";

const NUMBER = 3;
const handlers = {
  onData: vi.fn(),
  onControl: vi.fn(),
  onConnected: vi.fn(),
  onDisconnected: vi.fn(),
  onWritable: vi.fn(),
  onForeignVersion: vi.fn(),
};

function start() {
  const thread = {
    sendMessage: vi.fn(() => true),
    sendPacket: vi.fn(() => true),
    repeatMessage: vi.fn(),
    setKnownMessage: vi.fn(),
    heardMillisecondsAgo: vi.fn((): number | null => null),
    closePort: vi.fn(),
  };
  const told: { figures: ThreadPortFigures | undefined } = { figures: undefined };
  const port = new ThreadPort({ thread, number: NUMBER, handlers, figures: () => told.figures });
  return { thread, told, port };
}

test("messages are sent while the partner is there, as the thread says", () => {
  const { thread, port } = start();
  const message = Uint8Array.of(1);
  expect(port.sendControl(message)).toBe(false);
  port.handleEvent({ kind: "portConnected" });
  expect([port.isConnected, port.sendControl(message)]).toEqual([true, true]);
  expect(thread.sendMessage).toHaveBeenCalledExactlyOnceWith(NUMBER, message);
  port.handleEvent({ kind: "portDisconnected" });
  expect([port.isConnected, port.sendControl(message)]).toEqual([false, false]);
  expect(port.counters.controlDropped).toBe(0);
});

test("heartbeats are the thread's: it is told what they are, and says when the partner's came", () => {
  const { thread, port } = start();
  const message = Uint8Array.of(1);
  port.repeat(message, 300);
  expect(thread.repeatMessage).not.toHaveBeenCalled();
  port.handleEvent({ kind: "portConnected" });
  port.repeat(message, 300);
  expect(thread.repeatMessage).toHaveBeenCalledExactlyOnceWith(NUMBER, message, 300);
  for (const known of [message, message, undefined, undefined]) port.setKnown(known);
  expect(thread.setKnownMessage.mock.calls).toEqual([
    [NUMBER, message],
    [NUMBER, new Uint8Array()],
  ]);
  expect(port.heardMillisecondsAgo).toBe(undefined);
  thread.heardMillisecondsAgo.mockReturnValue(120);
  expect(port.heardMillisecondsAgo).toBe(120);
});

test("what the thread tells reaches the handlers", () => {
  const { port } = start();
  const bytes = Uint8Array.of(4);
  port.handleEvent({ kind: "message", bytes });
  port.handleEvent({ kind: "portWritable" });
  port.handleEvent({ kind: "portVersion", version: 9 });
  expect(handlers.onControl).toHaveBeenCalledWith(bytes);
  expect(handlers.onWritable).toHaveBeenCalled();
  expect(handlers.onForeignVersion).toHaveBeenCalledWith(9);
});

test("what a thread that has too much to do gives up is counted with what it counts itself", () => {
  const { thread, told, port } = start();
  port.handleEvent({ kind: "portConnected" });
  thread.sendMessage.mockReturnValue(false);
  thread.sendPacket.mockReturnValue(false);
  expect(port.sendControl(Uint8Array.of(1))).toBe(false);
  expect(port.sendPacket(7, Uint8Array.of(0, 1, 2, 3), 1, 3)).toBe(false);
  expect(thread.sendPacket).toHaveBeenCalledWith(NUMBER, 7, Uint8Array.of(1, 2));
  expect(port.counters).toEqual({ ...newFlorioCounters(), controlDropped: 1, packetsRefusedQueueFull: 1 });
  const counters = { ...newFlorioCounters(), framesSent: 5, controlDropped: 2, packetsRefusedQueueFull: 3 };
  told.figures = { waitingFor: "", counters };
  expect(port.counters).toEqual({ ...counters, controlDropped: 3, packetsRefusedQueueFull: 4 });
});

test("a port that is closed has the figures that it had at last", () => {
  const { thread, told, port } = start();
  expect(port.waitingFor).toBe("");
  told.figures = { waitingFor: "nobody listens", counters: { ...newFlorioCounters(), framesSent: 5 } };
  expect(port.waitingFor).toBe("nobody listens");
  port.close();
  expect(thread.closePort).toHaveBeenCalledWith(NUMBER);
  told.figures = undefined;
  expect([port.waitingFor, port.counters.framesSent]).toEqual(["nobody listens", 5]);
});

test("why a port could not be opened is an error that an operator knows", () => {
  const error = threadPortError("ERR_FLORIO_PERMISSION", "no");
  expect(error).toBeInstanceOf(FlorioError);
  expect([error.code, error.message]).toEqual(["ERR_FLORIO_PERMISSION", "no"]);
  expect(threadPortError("EODD", "no").code).toBe("ERR_FLORIO_SOCKET");
});
