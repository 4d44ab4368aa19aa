import assert from "node:assert";
import type { QuicConnection } from "../../src/engine.ts";
import type { ConformanceCase, ConformanceContext } from "./context.ts";
import { Pair, pattern } from "./pair.ts";

export const datagramCases: readonly ConformanceCase[] = [
  { name: "datagrams arrive whole and in order, both ways", run: arrive },
  { name: "a datagram of the largest size arrives, one byte more is refused", run: largest },
  {
    name: "a datagram costs 24 bytes of a packet and the peer's ID, and an empty one fills what is left",
    run: exactSize,
  },
  { name: "the sending queue is bounded, and full is said", run: boundedSending },
  { name: "datagrams that wait for the window leave with the packet that opens it", run: backlog },
  { name: "a packet that holds datagrams is told from others", run: told },
  { name: "datagrams that wait for longer than anybody counts on are dropped", run: tooLate },
  { name: "stream 0 gets through beside a queue of datagrams that is always full", run: besideFullQueue },
  { name: "the receiving queue is bounded", run: boundedReceiving },
  { name: "an end that offers no datagrams gets none", run: notOffered },
  { name: "a datagram that does not fit the buffer is dropped, and the next one arrives", run: smallBuffer },
];

async function arrive(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  const sizes = [0, 1, 100, 1200, 1000, 7];
  for (const [i, size] of sizes.entries()) {
    assert(pair.client.sendDatagram(pattern(size, i)));
    assert(pair.server.sendDatagram(pattern(size, i + 100)));
  }
  assert.strictEqual(pair.client.datagramSendQueueLength(), sizes.length);
  pair.settle();
  assert.strictEqual(pair.client.datagramSendQueueLength(), 0);
  assert.deepStrictEqual(
    received(pair.server),
    sizes.map((size, i) => pattern(size, i)),
  );
  assert.deepStrictEqual(
    received(pair.client),
    sizes.map((size, i) => pattern(size, i + 100)),
  );
}

async function largest(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  assert.strictEqual(pair.client.datagramSizeMax(), 0);
  await pair.establish();
  const size = pair.client.datagramSizeMax();
  assert(size >= 1400 && size < 1452, `${size} bytes of 1452`);
  assert(!pair.client.sendDatagram(pattern(size + 1)));
  assert(pair.client.sendDatagram(pattern(size)));
  pair.settle();
  assert.deepStrictEqual(received(pair.server), [pattern(size)]);
}

/** Links reckon with it: a packet that shall prove a size has just that size, whatever the length of its number. */
async function exactSize(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  const size = pair.client.datagramSizeMax();
  assert.strictEqual(size, 1_452 - 24 - 8);
  const sent: number[] = [];
  pair.filter = (direction, packet) => {
    if (direction === "to-server") sent.push(packet.length);
    return true;
  };
  assert(pair.client.sendDatagram(pattern(size)));
  assert(pair.client.sendDatagram(new Uint8Array(0)));
  pair.settle();
  assert.strictEqual(sent[0], 1_452);
  assert.deepStrictEqual(received(pair.server), [pattern(size), new Uint8Array(0)]);
}

async function boundedSending(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { datagrams: { receiveQueueMax: 10, sendQueueMax: 3 } } });
  await pair.establish();
  const taken = [1, 2, 3, 4, 5].map((i) => pair.client.sendDatagram(pattern(10, i)));
  assert.deepStrictEqual(taken, [true, true, true, false, false]);
  pair.settle();
  assert(pair.client.sendDatagram(pattern(10, 6)));
  pair.settle();
  assert.deepStrictEqual(
    received(pair.server),
    [1, 2, 3, 6].map((i) => pattern(10, i)),
  );
}

async function backlog(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  for (let i = 0; i < 50; i++) assert(pair.client.sendDatagram(pattern(1_000, i)));
  pair.bring("to-server");
  const waiting = pair.client.datagramSendQueueLength();
  assert(waiting > 0, "the first window holds them all");
  pair.bring("to-client");
  pair.bring("to-server");
  assert(pair.client.datagramSendQueueLength() < waiting);
}

/** Whoever repeats packets must not repeat those. */
async function told(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  const holding: boolean[] = [];
  pair.filter = (direction) => {
    if (direction === "to-server") holding.push(pair.client.holdsDatagrams);
    return true;
  };
  pair.client.ping();
  pair.bring("to-server");
  assert.deepStrictEqual(holding, [false]);
  assert(pair.client.sendDatagram(pattern(10)));
  pair.bring("to-server");
  assert.deepStrictEqual(holding, [false, true]);
  pair.client.ping();
  pair.bring("to-server");
  assert.deepStrictEqual(holding, [false, true, false]);
}

/** An outage fills the window, which opens when that is over: for what it has held back that is too late. */
async function tooLate(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  for (let i = 0; i < 50; i++) assert(pair.client.sendDatagram(pattern(1_000, i)));
  pair.bring("to-server");
  const [taken, waiting] = [received(pair.server).length, pair.client.datagramSendQueueLength()];
  assert(waiting > 0, "the first window holds them all");
  // Whatever answers come now do so when the outage is over.
  await pair.holdBack(1_000);
  pair.bring("to-client");
  pair.bring("to-server");
  assert.strictEqual(pair.client.datagramSendQueueLength(), 0);
  assert.strictEqual(pair.client.lateDatagrams, waiting);
  assert.strictEqual(taken + received(pair.server).length, 50 - waiting);
  assert(pair.client.sendDatagram(pattern(10, 60)));
  pair.bring("to-server");
  assert.deepStrictEqual(received(pair.server), [pattern(10, 60)]);
}

/** Links have their control stream beside all that they carry. */
async function besideFullQueue(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  // Each fills a packet: no room is left beside it.
  const datagram = pattern(pair.client.datagramSizeMax());
  const fill = (): void => {
    while (pair.client.sendDatagram(datagram));
  };
  fill();
  assert.strictEqual(pair.client.streamSend(0, pattern(100), true), 100);
  // More datagrams than go into a window are ahead of it each time.
  for (let turn = 0; turn < 3; turn++) {
    fill();
    pair.bring("to-server");
    pair.bring("to-client");
  }
  const out = new Uint8Array(1_000);
  assert.strictEqual(pair.server.streamReceive(0, out), 100);
  assert(pair.client.datagramSendQueueLength() > 0, "the queue was not full");
}

async function boundedReceiving(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { server: { datagrams: { receiveQueueMax: 5, sendQueueMax: 5 } } });
  await pair.establish();
  for (let i = 0; i < 20; i++) {
    pair.client.sendDatagram(pattern(10, i));
    pair.settle();
  }
  assert.strictEqual(received(pair.server).length, 5);
}

async function notOffered(context: ConformanceContext): Promise<void> {
  const { datagrams: _, ...rest } = new Pair(context).serverConfig;
  const pair = new Pair(context, { server: { ...rest, datagrams: undefined as never } });
  await pair.establish();
  assert.strictEqual(pair.client.datagramSizeMax(), 0);
  assert(!pair.client.sendDatagram(pattern(1)));
}

async function smallBuffer(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.client.sendDatagram(pattern(100));
  pair.client.sendDatagram(pattern(10));
  pair.settle();
  assert.strictEqual(pair.server.receiveDatagram(new Uint8Array(50)), 10);
}

function received(connection: QuicConnection): Uint8Array[] {
  const out = new Uint8Array(1452);
  const all: Uint8Array[] = [];
  for (let i = 0; i < 1000; i++) {
    const length = connection.receiveDatagram(out);
    if (length < 0) return all;
    all.push(out.slice(0, length));
  }
  throw new assert.AssertionError({ message: "the receiving queue has no end" });
}
