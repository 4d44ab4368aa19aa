// What sockets cost, both sides in this process, in nanoseconds of its CPU time. Prints JSON: of `StepCosts`, what is of sockets.
// Usage: socket-costs.js MESH_PACKET_SIZE DATAGRAM_SIZE
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { type FlorioHandlers, openFlorioPort, packetCount } from "@florenetes/florio";
import type { StepCosts } from "../cpu-floor.ts";
import { summarize } from "../../rounds.ts";
import { makeOwnFolder } from "../../sweep.ts";

const ROUNDS = 5;
const ROUND_MS = 60;
/** As many as a frame holds, and no more than this. */
const PACKETS_PER_FRAME_MAX = 32;
const FRAME_SIZE = 60_000;
const DATAGRAMS = 32;

const packet = new Uint8Array(Number(process.argv[2]));
const datagram = new Uint8Array(Number(process.argv[3]));
const packetsPerFrame = Math.min(PACKETS_PER_FRAME_MAX, Math.floor(FRAME_SIZE / packet.length));
const costs = { florio: await florio(), udp: await udp(), tcp: await tcp() };
process.stdout.write(JSON.stringify(costs satisfies Partial<StepCosts>));

/** Median over the rounds; the first one is for warming up. `work` tells how much it has done. */
async function costOf(work: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    let done = 0;
    while (performance.now() - start < ROUND_MS) done += await work();
    const { user, system } = process.cpuUsage(cpu);
    if (round > 0) figures.push(((user + system) * 1000) / done);
  }
  return summarize(figures).median;
}

/** Waits, in turns of the event loop, until all that was sent has come. */
async function until(isThere: () => boolean): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (!isThere()) {
    if (performance.now() > deadline) throw new Error("what was sent did not arrive within 2 s");
    await setImmediate();
  }
}

async function florio(): Promise<number> {
  const folder = makeOwnFolder("sockets");
  const [left, right] = [join(folder, "left"), join(folder, "right")];
  let received = 0;
  const handlers = (): FlorioHandlers => ({
    onData: (_handle, frame) => void (received += packetCount(frame)),
    onControl: () => undefined,
    onConnected: () => undefined,
    onDisconnected: () => undefined,
    onWritable: () => undefined,
  });
  const sender = openFlorioPort({ bind: left, connect: right, handlers: handlers() });
  const receiver = openFlorioPort({ bind: right, connect: left, handlers: handlers() });
  try {
    while (!sender.isConnected || !receiver.isConnected) await sleep(10);
    return await costOf(async () => {
      received = 0;
      for (let i = 0; i < packetsPerFrame; i++) sender.sendPacket(1, packet, 0, packet.length);
      sender.flush();
      await until(() => received === packetsPerFrame);
      return packetsPerFrame;
    });
  } finally {
    sender.close();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function udp(): Promise<number> {
  let received = 0;
  const receiver = createSocket("udp4", () => received++);
  receiver.bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const sender = createSocket("udp4");
  sender.connect(receiver.address().port, "127.0.0.1");
  await once(sender, "connect");
  const cost = await costOf(async () => {
    received = 0;
    for (let i = 0; i < DATAGRAMS; i++) sender.send(datagram);
    await until(() => received === DATAGRAMS);
    return DATAGRAMS;
  });
  sender.close();
  receiver.close();
  return cost;
}

/** Per thousand bytes. */
async function tcp(): Promise<number> {
  const chunk = new Uint8Array(65_536);
  let received = 0;
  const server = createServer((socket) => socket.on("data", (bytes) => void (received += bytes.length)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(client, "connect");
  const cost = await costOf(async () => {
    received = 0;
    client.write(chunk);
    await until(() => received === chunk.length);
    return chunk.length / 1000;
  });
  client.destroy();
  server.close();
  return cost;
}
