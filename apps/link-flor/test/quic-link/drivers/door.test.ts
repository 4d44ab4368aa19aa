/** The TCP connection behind a door: bytes and ends in both directions, and an address that nobody listens at. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { doorBy } from "../../../src/quic-link/drivers/door.ts";
import type { DoorWay } from "../../../src/quic-link/visits/visit.ts";

const PATIENCE = { timeout: 10_000 };

let server: Server;
let port: number;
let heard: string;
let isEnded: boolean;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  heard = "";
  isEnded = false;
});
afterEach(() => {
  server.close();
});

function open(): DoorWay {
  const onData = (bytes: Uint8Array): void => void (heard += Buffer.from(bytes).toString());
  return doorBy(() => ({ host: "127.0.0.1", port }))({ onData, onEnd: () => void (isEnded = true) })!;
}

async function accepted(): Promise<Socket> {
  const [socket] = (await once(server, "connection")) as [Socket];
  return socket;
}

async function bytesOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test("without an address there is no door", () => {
  expect(doorBy(() => undefined)({ onData: () => undefined, onEnd: () => undefined })).toBeUndefined();
});

test("an end from behind the door leaves the other direction open", async () => {
  const way = open();
  const socket = await accepted();
  socket.end("answer");
  await vi.waitFor(() => expect([heard, isEnded]).toEqual(["answer", true]), PATIENCE);
  way.send(Buffer.from("more"));
  way.end();
  expect(await bytesOf(socket)).toBe("more");
});

test("an end of a visitor leaves the way back open", async () => {
  const way = open();
  way.send(Buffer.from("question"));
  way.end();
  const socket = await accepted();
  expect(await bytesOf(socket)).toBe("question");
  socket.end("answer");
  await vi.waitFor(() => expect([heard, isEnded]).toEqual(["answer", true]), PATIENCE);
});

test("a visit that is over closes the connection, and hears nothing of it any more", async () => {
  const way = open();
  const socket = await accepted();
  socket.on("error", () => undefined).resume();
  socket.write("answer");
  way.close();
  await vi.waitFor(() => expect(socket.destroyed).toBe(true), PATIENCE);
  expect([heard, isEnded]).toEqual(["", false]);
});

test("an address that nobody listens at ends the visit", async () => {
  server.close();
  await once(server, "close");
  const way = open();
  way.send(Buffer.from("question"));
  await vi.waitFor(() => expect(isEnded).toBe(true), PATIENCE);
});
