import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { openFlorioPort, packetCount } from "@florenetes/florio";
import type { Subject } from "../subject.ts";
import { PACKETS } from "./engine.ts";

// Sockets with both sides in one process. Their costs are parts of the CPU floor.

/** The most packets in a frame; large packets are fewer, as many as fit. */
const PACKETS_PER_FRAME_MAX = 32;
const FRAME_SIZE = 60_000;
const DATAGRAMS = 32;
const CHUNK_SIZE = 65_536;
const ARRIVES_MS_MAX = 2_000;
const HOST = "127.0.0.1";
const ignore = (): void => undefined;

/** Sends packets over FlorIO, in full frames. */
export function florioOnSockets(packetSize: number): Subject {
  return {
    name: `sockets: FlorIO, packets of ${packetSize.toLocaleString("en")}`,
    operation: "packet, sent and received",
    prepare: async () => {
      const packet = new Uint8Array(packetSize);
      const packets = Math.min(PACKETS_PER_FRAME_MAX, Math.floor(FRAME_SIZE / packetSize));
      let received = 0;
      const onData = (_handle: number, frame: Uint8Array): void => void (received += packetCount(frame));
      const handlers = { onData, onControl: ignore, onConnected: ignore, onDisconnected: ignore, onWritable: ignore };
      const folder = mkdtempSync(join(tmpdir(), "flor-bench-"));
      const [left, right] = [join(folder, "left"), join(folder, "right")];
      const sender = openFlorioPort({ bind: left, connect: right, handlers });
      const receiver = openFlorioPort({ bind: right, connect: left, handlers });
      while (!sender.isConnected || !receiver.isConnected) await sleep(10);
      // Connected sockets need their paths no more.
      rmSync(folder, { recursive: true });
      return async () => {
        received = 0;
        for (let i = 0; i < packets; i++) sender.sendPacket(1, packet, 0, packet.length);
        sender.flush();
        await until(() => received === packets);
        return packets;
      };
    },
  };
}

/** Sends datagrams with node:dgram, one by one. */
export function udp(size: number): Subject {
  return {
    name: `sockets: UDP, datagrams of ${size.toLocaleString("en")}`,
    operation: "datagram, sent and received",
    prepare: async () => {
      const datagram = new Uint8Array(size);
      let received = 0;
      const receiver = createSocket("udp4", () => received++);
      receiver.bind(0, HOST);
      await once(receiver, "listening");
      const sender = createSocket("udp4");
      sender.connect(receiver.address().port, HOST);
      await once(sender, "connect");
      return async () => {
        received = 0;
        for (let i = 0; i < DATAGRAMS; i++) sender.send(datagram);
        await until(() => received === DATAGRAMS);
        return DATAGRAMS;
      };
    },
  };
}

export const TCP: Subject = {
  name: "sockets: TCP",
  operation: "1,000 bytes, written and read (1,000 ns: 1 CPU s per GB)",
  prepare: async () => {
    const chunk = new Uint8Array(CHUNK_SIZE);
    let received = 0;
    const server = createServer((socket) => socket.on("data", (bytes) => void (received += bytes.length)));
    server.listen(0, HOST);
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, HOST);
    await once(client, "connect");
    return async () => {
      received = 0;
      client.write(chunk);
      await until(() => received === chunk.length);
      return chunk.length / 1000;
    };
  },
};

/** Waits, in turns of the event loop, until all that was sent has come. */
async function until(isThere: () => boolean): Promise<void> {
  const deadline = performance.now() + ARRIVES_MS_MAX;
  while (!isThere()) {
    if (performance.now() > deadline) throw new Error(`what was sent did not arrive within ${ARRIVES_MS_MAX} ms`);
    await setImmediate();
  }
}

export const SOCKET_SUBJECTS: readonly Subject[] = [
  ...Object.values(PACKETS).flatMap(({ mesh, link }) => [florioOnSockets(mesh), udp(link)]),
  TCP,
];
