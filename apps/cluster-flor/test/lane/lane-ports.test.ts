import type { ThreadPortEvent } from "@florenetes/florio";
import { expect, test } from "vitest";
import { LanePorts } from "../../src/lane/lane-ports.ts";

/** Ports, what they have been told, and the end of the turn. */
function start() {
  const later: (() => void)[] = [];
  const told: string[] = [];
  const ports = new LanePorts((call) => later.push(call));
  const port = (name: string) => ({ handleEvent: (event: ThreadPortEvent) => told.push(`${name} ${event.kind}`) });
  return { ports, told, port, endTurn: () => later.splice(0).forEach((call) => call()) };
}

test("news that came before a port was joined are told before those that come while it is", () => {
  const { ports, told, port, endTurn } = start();
  ports.handleEvent({ port: 1, kind: "portConnected" });
  ports.join(1, port("b"));
  expect(told).toEqual([]);
  // The partner goes before the turn ends.
  ports.handleEvent({ port: 1, kind: "portDisconnected" });
  endTurn();
  expect(told).toEqual(["b portConnected", "b portDisconnected"]);
  ports.handleEvent({ port: 1, kind: "portConnected" });
  expect(told.at(-1)).toBe("b portConnected");
});

test("news of ports that nobody has joined wait for those who do", () => {
  const { ports, told, port, endTurn } = start();
  ports.handleEvent({ port: 0, kind: "portConnected" });
  ports.handleEvent({ port: 1, kind: "portConnected" });
  ports.join(1, port("b"));
  endTurn();
  ports.handleEvent({ port: 0, kind: "portWritable" });
  expect(told).toEqual(["b portConnected"]);
  ports.join(0, port("a"));
  endTurn();
  expect(told).toEqual(["b portConnected", "a portConnected", "a portWritable"]);
});
