import type { ThreadPortEvent } from "@florenetes/florio";
import { expect, test } from "vitest";
import { LanePorts } from "../../../src/data-plane/native/lane-ports.ts";

/** Returns ports, the events that they were told, and a function that ends the turn. */
function start() {
  const later: (() => void)[] = [];
  const told: string[] = [];
  const ports = new LanePorts((call) => later.push(call));
  const port = (name: string) => ({ handleEvent: (event: ThreadPortEvent) => told.push(`${name} ${event.kind}`) });
  return { ports, told, port, endTurn: () => later.splice(0).forEach((call) => call()) };
}

test("news that come before the owner of a port has it wait for the end of the turn", () => {
  const { ports, told, port, endTurn } = start();
  ports.join(1, port("b"));
  ports.handleEvent({ port: 1, kind: "portConnected" });
  expect(told).toEqual([]);
  // The partner goes before the turn ends.
  ports.handleEvent({ port: 1, kind: "portDisconnected" });
  endTurn();
  expect(told).toEqual(["b portConnected", "b portDisconnected"]);
  ports.handleEvent({ port: 1, kind: "portConnected" });
  expect(told.at(-1)).toBe("b portConnected");
});

test("news of a port that is closed are nobody's, and nothing is kept of them", () => {
  const { ports, told, port, endTurn } = start();
  ports.join(1, port("b"));
  ports.handleEvent({ port: 1, kind: "portConnected" });
  ports.leave(1);
  endTurn();
  ports.handleEvent({ port: 1, kind: "portWritable" });
  ports.join(2, port("c"));
  endTurn();
  ports.handleEvent({ port: 1, kind: "portWritable" });
  ports.handleEvent({ port: 2, kind: "portWritable" });
  expect(told).toEqual(["c portWritable"]);
});

test("a port that could not be opened is opened again under its number, and each has its own news", () => {
  const { ports, told, port, endTurn } = start();
  ports.join(1, port("former"));
  endTurn();
  ports.handleEvent({ port: 1, kind: "portFailed", code: "", text: "" });
  ports.leave(1);
  ports.join(1, port("next"));
  ports.handleEvent({ port: 1, kind: "portConnected" });
  endTurn();
  expect(told).toEqual(["former portFailed", "next portConnected"]);
});
