import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import type { ClientAddress, DatagramSocket } from "../../../src/transport/datagrams/datagram-network.ts";
import { NodeDatagrams } from "../../../src/transport/drivers/node-datagrams.ts";
import { NodeNetwork } from "../../../src/transport/drivers/node-network.ts";

const loopback = "127.0.0.1";
const patience = { timeout: 30_000, interval: 5 };
const network = new NodeDatagrams();
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

async function udp(onMessage: (bytes: Buffer, from: ClientAddress) => void = () => {}): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, loopback);
  await once(socket, "listening");
  socket.on("message", onMessage);
  opened.push(socket);
  return socket;
}

interface Heard {
  socket: DatagramSocket | undefined;
  failed: string | undefined;
  readonly bytes: string[];
}

function connect(host: string, port: number): Heard & { giveUp: () => void } {
  const heard: Heard & { giveUp: () => void } = { socket: undefined, failed: undefined, bytes: [], giveUp: () => {} };
  heard.giveUp = network.connect({ kind: "udp", host, port }, 30_000, {
    handleConnected: (socket) => {
      heard.socket = socket;
      opened.push(socket);
    },
    handleFailed: (_, reason) => (heard.failed = reason),
    handleTargetDatagram: (bytes) => heard.bytes.push(String(bytes)),
    handleTargetError: () => {},
  });
  return heard;
}

test("a tunnel's socket hears its clients, and answers each", async () => {
  const heard: string[] = [];
  let closed = 0;
  const listener = await network.listen(
    { kind: "udp", host: loopback, port: 0 },
    {
      handleListening: () => {},
      handleClientDatagram: (bytes, from) => {
        heard.push(String(bytes));
        expect(listener.send(Buffer.from(`re: ${String(bytes)}`), from)).toBe(true);
      },
      handleClosed: () => closed++,
    },
  );
  const answers: string[] = [];
  const client = await udp((bytes) => answers.push(String(bytes)));
  client.send("hello", listener.port, loopback);
  await vi.waitUntil(() => answers.length > 0, patience);
  expect([heard, answers]).toEqual([["hello"], ["re: hello"]]);
  listener.close();
  listener.close();
  expect(listener.send(Buffer.from("late"), { address: loopback, port: 1 })).toBe(false);
  await vi.waitUntil(() => closed === 1, patience);
});

test("an address that is taken is an operator's error", async () => {
  const { port } = (await udp()).address();
  const clients = { handleListening: () => {}, handleClientDatagram: () => {}, handleClosed: () => {} };
  const listening = network.listen({ kind: "udp", host: loopback, port }, clients);
  await expect(listening).rejects.toMatchObject({ code: "ERR_TUNNEL_ADDRESS_IN_USE" });
});

test("a flow's socket hears its target, and nobody else", async () => {
  const askers: ClientAddress[] = [];
  const target = await udp((_, from) => askers.push(from));
  const stranger = await udp();
  const flow = connect(loopback, target.address().port);
  await vi.waitUntil(() => flow.socket !== undefined, patience);
  flow.socket!.send(Buffer.from("?"));
  await vi.waitUntil(() => askers.length > 0, patience);
  stranger.send("from elsewhere", askers[0]!.port, loopback);
  await vi.waitUntil(async () => {
    target.send("!", askers[0]!.port, loopback);
    await new Promise((done) => setTimeout(done, 5));
    return flow.bytes.length > 0;
  }, patience);
  expect(new Set(flow.bytes)).toEqual(new Set(["!"]));
});

test("a name that nobody has is told, and what is given up is not", async () => {
  const nobody = connect("nobody.invalid", 53);
  const givenUp = connect("localhost", 53);
  givenUp.giveUp();
  await vi.waitUntil(() => nobody.failed !== undefined, patience);
  expect(nobody.failed).toMatch(/^udp:\/\/nobody.invalid:53: E/);
  expect(givenUp).toMatchObject({ socket: undefined, failed: undefined });
});

test("sockets of datagrams take file descriptors from those of streams", async () => {
  const datagrams = new NodeDatagrams();
  const streams = new NodeNetwork(64 + 1, datagrams);
  expect(streams.hasRoom).toBe(true);
  const clients = { handleListening: () => {}, handleClientDatagram: () => {}, handleClosed: () => {} };
  const listener = await datagrams.listen({ kind: "udp", host: loopback, port: 0 }, clients);
  expect(streams.hasRoom).toBe(false);
  listener.close();
  await vi.waitUntil(() => streams.hasRoom, patience);
});
