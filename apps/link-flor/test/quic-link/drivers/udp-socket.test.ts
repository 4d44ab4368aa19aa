import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createSocket } from "node:dgram";
import type { UdpAddress } from "../../../src/quic-link/addresses/link-address.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { CONNECTION_ID_LENGTH } from "../../../src/quic-link/limits.ts";
import { UdpSocket } from "../../../src/quic-link/drivers/udp-socket.ts";

async function open(host: string, isByNodeAlone: boolean) {
  const got: Buffer[] = [];
  let calls = 0;
  const handlers = {
    onDatagrams: (datagrams: Buffer, from: UdpAddress): number => {
      calls++;
      expect(from.port).toBeGreaterThan(0);
      for (let at = 0; at < datagrams.length; at += 1400) got.push(datagrams.subarray(at, at + 1400));
      return Math.ceil(datagrams.length / 1400);
    },
  };
  const socket = isByNodeAlone
    ? await UdpSocket.open({ host, port: 0 }, handlers, () => undefined)
    : await UdpSocket.open({ host, port: 0 }, handlers);
  onTestFinished(() => socket.close());
  return { socket, got, calls: () => calls };
}

function send(socket: UdpSocket, count: number, to: UdpAddress): void {
  for (let i = 0; i < count; i++) {
    // All payloads are of one connection.
    socket.slot.fill(i, 0, 1400).fill(7, 1, 1 + CONNECTION_ID_LENGTH);
    expect(socket.sendSlot(1400, to)).toBe(true);
  }
  socket.flush();
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000 && !holds(); waited += 5) await sleep(5);
  expect(holds()).toBe(true);
}

describe.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["::", "::ffff:127.0.0.1"],
])("a UDP socket on %s", (host, to) => {
  it.each([
    ["in batches, to one that reads batches", false, false],
    ["in batches, to one that does not", false, true],
    ["one by one", true, false],
  ])("sends %s", async (_name, isSenderPlain, isReceiverPlain) => {
    const sender = await open(host, isSenderPlain);
    const receiver = await open(host, isReceiverPlain);
    send(sender.socket, 40, { host: to, port: receiver.socket.address.port });
    await until(() => receiver.got.length === 40);
    expect(receiver.got.map((datagram) => datagram[0])).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(receiver.socket.counters).toMatchObject({ received: 40, bytesReceived: 56_000 });
    expect(sender.socket.counters).toMatchObject({ sent: 40, bytesSent: 56_000, sendErrors: 0 });
    if (!isSenderPlain && !isReceiverPlain) expect(receiver.calls()).toBeLessThan(10);
  });
});

it("an address that is taken is refused in Node's words", async () => {
  const other = createSocket("udp4");
  onTestFinished(() => void other.close());
  other.bind(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address();
  const opening = UdpSocket.open({ host: "127.0.0.1", port }, { onDatagrams: () => 1 });
  await expect(opening).rejects.toMatchObject({ code: "EADDRINUSE" });
});

it("what is no address of the socket's family is counted and holds nothing up", async () => {
  const { socket } = await open("127.0.0.1", false);
  send(socket, 1, { host: "::1", port: 9 });
  send(socket, 1, { host: "127.0.0.1", port: socket.address.port });
  await until(() => socket.counters.received === 1);
  expect(socket.counters.sendErrors).toBe(1);
});
