import assert from "node:assert";
import type { QuicConnection } from "../../src/engine.ts";
import { StreamResult } from "../../src/engine.ts";
import type { ConformanceCase, ConformanceContext } from "./context.ts";
import { Pair, pattern, randomSource } from "./pair.ts";

export const streamCases: readonly ConformanceCase[] = [
  { name: "a stream carries bytes and ends, both ways, half-closed in between", run: halfClose },
  { name: "a megabyte each way through streams of 256 KB, taken in parts", run: (context) => bulk(context, 0) },
  {
    name: "half a megabyte each way through a network that loses one packet in twenty",
    run: (context) => bulk(context, 0.05),
  },
  { name: "the server opens streams of its own", run: serverOpens },
  { name: "an end without bytes arrives", run: emptyEnd },
  { name: "RESET_STREAM carries its code and gives up the bytes before it", run: reset },
  { name: "STOP_SENDING carries its code", run: stop },
  { name: "both directions given up: the stream is gone on both sides", run: giveUp },
  { name: "a stream opens all below it, which may begin later", run: outOfOrder },
  { name: "streams that nobody opened are gone, and give no trouble", run: unopened },
  { name: "a finished stream is gone, and gives room for another", run: finished },
  { name: "the peer's limit of streams holds, and moves as streams end", run: limit },
  { name: "a stream that nobody reads takes no more than its window and stops no other", run: unread },
  { name: "the window of a stream grows while it is read, and then holds", run: growing },
  { name: "streams of a closed connection are gone", run: closed },
];

const none = new Uint8Array(0);

async function established(context: ConformanceContext): Promise<Pair> {
  const pair = new Pair(context);
  await pair.establish();
  return pair;
}

async function halfClose(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  assert.deepStrictEqual(pair.server.readableStreams(), []);
  assert.strictEqual(pair.client.streamSend(0, pattern(100), true), 100);
  pair.settle();
  assert.deepStrictEqual(pair.server.readableStreams(), [0]);
  assert.deepStrictEqual(read(pair.server, 0), { bytes: pattern(100), isEnded: true });
  assert.deepStrictEqual(pair.server.readableStreams(), []);

  assert.strictEqual(pair.server.streamSend(0, pattern(200, 1), false), 200);
  pair.settle();
  assert.deepStrictEqual(read(pair.client, 0), { bytes: pattern(200, 1), isEnded: false });
  assert.strictEqual(pair.server.streamSend(0, pattern(300, 2), true), 300);
  pair.settle();
  assert.deepStrictEqual(read(pair.client, 0), { bytes: pattern(300, 2), isEnded: true });
}

async function bulk(context: ConformanceContext, loss: number): Promise<void> {
  const pair = await established(context);
  const random = randomSource(7);
  pair.filter = () => random() >= loss;
  const size = loss === 0 ? 1_000_000 : 500_000;
  const there = new Transfer(pair.client, pair.server, pattern(size, 1));
  const back = new Transfer(pair.server, pair.client, pattern(size, 2));
  await pair.until(
    () => {
      there.advance();
      back.advance();
      return there.isEnded && back.isEnded;
    },
    "all bytes are there",
    10_000,
  );
  assert.deepStrictEqual(there.received, pattern(size, 1));
  assert.deepStrictEqual(back.received, pattern(size, 2));
}

async function serverOpens(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  for (const id of [1, 5]) assert.strictEqual(pair.server.streamSend(id, pattern(10, id), true), 10);
  pair.settle();
  assert.deepStrictEqual(
    pair.client.readableStreams().toSorted((a, b) => a - b),
    [1, 5],
  );
  assert.deepStrictEqual(read(pair.client, 5), { bytes: pattern(10, 5), isEnded: true });
  assert.deepStrictEqual(read(pair.client, 1), { bytes: pattern(10, 1), isEnded: true });
}

async function emptyEnd(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  assert.strictEqual(pair.client.streamSend(0, none, true), 0);
  pair.settle();
  assert.deepStrictEqual(pair.server.readableStreams(), [0]);
  assert.deepStrictEqual(read(pair.server, 0), { bytes: none, isEnded: true });

  assert.strictEqual(pair.client.streamSend(4, pattern(5), false), 5);
  pair.settle();
  assert.deepStrictEqual(read(pair.server, 4), { bytes: pattern(5), isEnded: false });
  assert.strictEqual(pair.client.streamSend(4, none, true), 0);
  pair.settle();
  assert.deepStrictEqual(read(pair.server, 4), { bytes: none, isEnded: true });
}

async function reset(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  pair.client.streamSend(0, pattern(100), false);
  pair.settle();
  pair.client.streamReset(0, 77);
  pair.settle();
  assert.deepStrictEqual(pair.server.readableStreams(), [0]);
  assert.strictEqual(pair.server.streamReceive(0, new Uint8Array(1000)), StreamResult.reset);
  assert.strictEqual(pair.server.streamErrorCode, 77);
  assert.strictEqual(pair.server.streamEnded, false);
  assert.deepStrictEqual(pair.server.readableStreams(), []);
  // The other direction goes on.
  assert.strictEqual(pair.server.streamSend(0, pattern(10), true), 10);
  pair.settle();
  assert.deepStrictEqual(read(pair.client, 0), { bytes: pattern(10), isEnded: true });
}

async function stop(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  pair.client.streamSend(0, pattern(100), false);
  pair.settle();
  pair.server.streamStop(0, 78);
  pair.settle();
  assert.strictEqual(pair.client.streamSend(0, pattern(1), false), StreamResult.stopped);
  assert.strictEqual(pair.client.streamErrorCode, 78);
  assert.strictEqual(pair.client.streamCapacity(0), StreamResult.stopped);
  assert.strictEqual(pair.client.streamErrorCode, 78);
  // The other direction goes on.
  assert.strictEqual(pair.server.streamSend(0, pattern(10), true), 10);
  pair.settle();
  assert.deepStrictEqual(read(pair.client, 0), { bytes: pattern(10), isEnded: true });
}

async function giveUp(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  pair.client.streamSend(0, pattern(100), false);
  pair.settle();
  pair.server.streamStop(0, 5);
  pair.server.streamReset(0, 6);
  pair.settle();
  assert.strictEqual(pair.client.streamReceive(0, new Uint8Array(10)), StreamResult.reset);
  assert.strictEqual(pair.client.streamErrorCode, 6);
  pair.settle();
  for (const end of [pair.client, pair.server]) {
    // Calls on what is left of it stay without effect.
    end.streamReset(0, 9);
    end.streamStop(0, 9);
    assert(end.streamSend(0, pattern(1), false) < StreamResult.blocked);
    assert(end.streamReceive(0, new Uint8Array(10)) < 0);
  }
  await pair.elapse(20);
  assert.strictEqual(pair.client.streamSend(4, pattern(1), false), 1);
  pair.settle();
  assert.deepStrictEqual(pair.server.readableStreams(), [4]);
}

/** An end that serves several streams by turns does not begin them in the order of their ids. */
async function outOfOrder(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  const before = pair.client.streamsLeft();
  assert.strictEqual(pair.client.streamSend(8, pattern(10, 8), true), 10);
  assert.strictEqual(pair.client.streamsLeft(), before - 3);
  pair.settle();
  assert.deepStrictEqual(pair.server.readableStreams(), [8]);
  assert.deepStrictEqual(read(pair.server, 8), { bytes: pattern(10, 8), isEnded: true });
  for (const id of [4, 0]) assert.strictEqual(pair.client.streamSend(id, pattern(20, id), true), 20);
  assert.strictEqual(pair.client.streamsLeft(), before - 3);
  pair.settle();
  for (const id of [0, 4]) assert.deepStrictEqual(read(pair.server, id), { bytes: pattern(20, id), isEnded: true });
}

async function unopened(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  for (const end of [pair.client, pair.server]) {
    assert.strictEqual(end.streamReceive(8, new Uint8Array(10)), StreamResult.gone);
    assert.strictEqual(end.streamCapacity(8), StreamResult.gone);
    end.streamReset(8, 1);
    end.streamStop(8, 1);
  }
  // Only the peer can open these.
  assert(pair.client.streamSend(1, pattern(1), false) < 0);
  assert(pair.server.streamSend(0, pattern(1), false) < 0);
  pair.settle();
  assert(!pair.client.isClosed && !pair.server.isClosed);
}

async function finished(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  const before = pair.client.streamsLeft();
  await exchange(pair, 0);
  assert.strictEqual(pair.client.streamReceive(0, new Uint8Array(10)), StreamResult.gone);
  assert.strictEqual(pair.client.streamSend(0, pattern(1), false), StreamResult.gone);
  assert.strictEqual(pair.client.streamSend(0, none, true), StreamResult.gone);
  assert.strictEqual(pair.client.streamCapacity(0), StreamResult.gone);
  assert.strictEqual(pair.client.streamsLeft(), before - 1);
}

async function limit(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  assert.strictEqual(pair.client.streamsLeft(), 100);
  for (let i = 0; i < 100; i++) assert.strictEqual(pair.client.streamSend(i * 4, pattern(1), false), 1);
  assert.strictEqual(pair.client.streamsLeft(), 0);
  assert.strictEqual(pair.client.streamSend(400, pattern(1), false), StreamResult.limit);
  pair.settle();
  for (let i = 0; i < 100; i++) await exchange(pair, i * 4);
  assert(pair.client.streamsLeft() > 0);
  assert.strictEqual(pair.client.streamSend(400, pattern(1), false), 1);
}

async function unread(context: ConformanceContext): Promise<void> {
  const window = 65_536;
  const streams = { connectionWindow: 2 ** 40, streamWindow: window, streamWindowMax: window, bidirectionalMax: 100 };
  const pair = new Pair(context, { server: { streams } });
  await pair.establish();
  const taken: number[] = Array.from({ length: 50 }, () => 0);
  const fill = (): boolean => {
    for (let i = 0; i < taken.length; i++) {
      const sent = pair.client.streamSend(i * 4, pattern(10_000), false);
      if (sent > 0) taken[i]! += sent;
      else assert.strictEqual(sent, StreamResult.blocked);
    }
    return taken.every((bytes) => bytes === window);
  };
  await pair.until(fill, "all windows are full");
  assert(!fill() || taken.every((bytes) => bytes === window));

  const transfer = new Transfer(pair.client, pair.server, pattern(300_000), 200);
  await pair.until(() => transfer.advance(), "the stream that is read gets through");
  assert.deepStrictEqual(transfer.received, pattern(300_000));
  // Reading makes room again.
  const out = new Uint8Array(window);
  assert.strictEqual(pair.server.streamReceive(0, out), window);
  await pair.until(() => pair.client.streamSend(0, pattern(1000), false) > 0, "the read stream takes more");
}

/** The server's round trips take 10 ms from its first packet on; what the client fills is renewed every 12. */
async function growing(context: ConformanceContext): Promise<void> {
  const [windowMin, windowMax] = [65_536, 262_144];
  const streams = { connectionWindow: 2 ** 40, streamWindow: windowMin, streamWindowMax: windowMax };
  const pair = new Pair(context, { server: { streams: { ...streams, bidirectionalMax: 100 } } });
  const out = new Uint8Array(windowMax);
  let unread = 0;
  const fill = (): void => {
    for (let taken = 1; taken > 0; unread += Math.max(taken, 0))
      taken = pair.client.streamSend(0, pattern(32_768), false);
    assert(unread <= windowMax, `${unread} bytes go into a window of ${windowMax}`);
  };
  for (let turn = 0; turn < 40; turn++) {
    if (pair.client.isEstablished) fill();
    pair.bring("to-server");
    for (let read = 1; read > 0; unread -= Math.max(read, 0)) read = pair.server.streamReceive(0, out);
    await context.sleep(2);
    pair.bring("to-client");
    await context.sleep(10);
  }
  await pair.until(() => {
    fill();
    return unread >= 2 * windowMin;
  }, "the window has grown");
  await pair.elapse(100);
  fill();
}

async function closed(context: ConformanceContext): Promise<void> {
  const pair = await established(context);
  pair.client.streamSend(0, pattern(10), false);
  pair.settle();
  pair.server.close(1, "");
  pair.settle();
  assert(pair.client.isClosed);
  for (const end of [pair.client, pair.server]) {
    assert.strictEqual(end.streamSend(0, pattern(1), false), StreamResult.gone);
    assert.strictEqual(end.sendDatagram(pattern(1)), false);
    end.streamReset(0, 1);
    end.streamStop(0, 1);
    end.ping();
    end.close(2, "again");
    assert.deepStrictEqual(end.pollEvent(), undefined);
  }
}

/** A side of a stream, which reads and writes it piece by piece. */
class Transfer {
  readonly received: Uint8Array;
  isEnded = false;
  readonly #from: QuicConnection;
  readonly #to: QuicConnection;
  readonly #bytes: Uint8Array;
  readonly #id: number;
  readonly #out = new Uint8Array(65_536);
  #sent = 0;
  #got = 0;

  constructor(from: QuicConnection, to: QuicConnection, bytes: Uint8Array, id = 0) {
    this.#from = from;
    this.#to = to;
    this.#bytes = bytes;
    this.#id = id;
    this.received = new Uint8Array(bytes.length);
  }

  advance(): boolean {
    while (this.#sent < this.#bytes.length) {
      const taken = this.#from.streamSend(this.#id, this.#bytes.subarray(this.#sent), true);
      if (taken === StreamResult.blocked) break;
      // The server answers on the client's stream, which it may not know yet.
      if (taken === StreamResult.gone || taken === StreamResult.limit) break;
      assert(taken > 0, `streamSend gave ${taken}`);
      this.#sent += taken;
    }
    while (!this.isEnded) {
      const length = this.#to.streamReceive(this.#id, this.#out);
      if (length === StreamResult.blocked || length === StreamResult.gone) break;
      assert(length >= 0, `streamReceive gave ${length}`);
      this.received.set(this.#out.subarray(0, length), this.#got);
      this.#got += length;
      this.isEnded = this.#to.streamEnded;
    }
    return this.isEnded;
  }
}

/** Ends a stream of the client from both sides. */
async function exchange(pair: Pair, id: number): Promise<void> {
  pair.client.streamSend(id, pattern(10), true);
  await pair.until(() => readsEnd(pair.server, id), "the request ends");
  pair.server.streamSend(id, pattern(10), true);
  await pair.until(() => readsEnd(pair.client, id), "the answer ends");
  pair.settle();
}

function readsEnd(end: QuicConnection, id: number): boolean {
  return end.readableStreams().includes(id) && read(end, id).isEnded;
}

function read(end: QuicConnection, id: number): { bytes: Uint8Array; isEnded: boolean } {
  const out = new Uint8Array(65_536);
  const length = end.streamReceive(id, out);
  assert(length >= 0, `streamReceive gave ${length}`);
  return { bytes: out.slice(0, length), isEnded: end.streamEnded };
}
