import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import type { ClientAddress, DatagramSocket } from "../../../src/transport/datagrams/datagram-network.ts";
import { NodeDatagrams } from "../../../src/transport/drivers/node-datagrams.ts";
import { NodeNetwork } from "../../../src/transport/drivers/node-network.ts";

const loopback = "127.0.0.1";
/** A flow hears that a port is closed within this number of tries, if other sockets hear it at all. */
const TOLD_MAX = 500;
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
  /** How often the flow was told that its target does not listen. */
  refused: number;
  readonly bytes: string[];
}

function connect(host: string, port: number, by: NodeDatagrams = network): Heard & { giveUp: () => void } {
  const heard: Heard & { giveUp: () => void } = {
    socket: undefined,
    failed: undefined,
    refused: 0,
    bytes: [],
    giveUp: () => {},
  };
  heard.giveUp = by.connect({ kind: "udp", host, port }, 30_000, {
    handleConnected: (socket) => {
      heard.socket = socket;
      opened.push(socket);
    },
    handleFailed: (_, reason) => (heard.failed = reason),
    handleTargetDatagram: (bytes) => heard.bytes.push(String(bytes)),
    handleTargetError: () => heard.refused++,
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

/** Says that each name has these addresses. */
function named(...addresses: readonly string[]): NodeDatagrams {
  return new NodeDatagrams((_host, _options, onDone) => {
    onDone(
      null,
      addresses.map((address) => ({ address })),
    );
  });
}

/** A target on the loopback address that answers, and what it hears. */
async function answering(): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const target = await udp((bytes, from) => {
    heard.push(String(bytes));
    target.send("here", from.port, from.address);
  });
  return { port: target.address().port, heard };
}

test("an address of a name that there is no way to is passed over", async () => {
  const { port, heard } = await answering();
  // A socket may send broadcasts only if it has asked for that.
  const flow = connect("some.name", port, named("255.255.255.255", loopback));
  await vi.waitUntil(() => flow.socket !== undefined, patience);
  flow.socket!.send(Buffer.from("?"));
  await vi.waitUntil(() => flow.bytes.length > 0, patience);
  expect([heard, flow.refused]).toEqual([["?"], 0]);
});

test("the next address of a name is tried when nobody is at the first, and is told what that was told", async ({
  skip,
}) => {
  const { port, heard } = await answering();
  const flow = connect("some.name", port, named("127.0.0.9", "127.0.0.8", loopback));
  await vi.waitUntil(() => flow.socket !== undefined, patience);
  // The system tells nobody that a port is closed (ICMP) while such packets wait elsewhere, in the slow interface of another namespace for
  // example. A client that has no answer sends again, and so does somebody else here, who says whether the system tells.
  let told = 0;
  const asker = createSocket("udp4").on("error", () => told++);
  opened.push(asker);
  asker.connect(port, "127.0.0.9");
  await once(asker, "connect");
  for (let sent = 0; flow.bytes.length === 0; sent++) {
    expect(told, "times that the system has told").toBeLessThan(TOLD_MAX);
    if (sent > 10 * TOLD_MAX) skip("the system tells nobody that a port is closed");
    flow.socket!.send(Buffer.from(String(sent)));
    asker.send("?", (error) => void (told += error === null ? 0 : 1));
    await new Promise((done) => setTimeout(done, 5));
  }
  expect([heard[0], flow.refused]).toEqual(["0", 0]);
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
