/** Any frames in any order, sealed with true keys: towards the engine behind its guard, and beside a model of what quiche keeps. */
import { runs } from "@florenetes/simkit";
import { array, assert, boolean, constant, integer, nat, oneof, property, record, tuple, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { ConnectionLedger } from "../src/guard/connection-ledger.ts";
import { ProcessLedger } from "../src/guard/process-ledger.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { PIECE_COST } from "../src/limits.ts";
import { frame, HostilePeer, newConnectionId, streamFrame } from "./hostile-peer.ts";
import { realContext } from "./real-context.ts";

const { client, server } = realContext.credentials;

const number = oneof(nat(8), nat(300), nat(100_000), constant(2 ** 40), constant(2 ** 53 - 1));
const stream = oneof(nat(12), nat(400), nat(70_000));
const some = uint8Array({ maxLength: 40 });
const withLength = some.map((bytes) => Buffer.concat([Buffer.of(bytes.length), bytes]));
const eight = uint8Array({ minLength: 8, maxLength: 8 });

/** Every type of RFC 9000, 19 and RFC 9221, with fields that are likely to matter; and unknown types. */
const anyFrame = oneof(
  tuple(constant(0x00)).map(([type]) => frame(type)),
  constant(frame(0x01)),
  tuple(number, nat(3), array(nat(4), { maxLength: 6 })).map(([largest, first, more]) =>
    frame(0x02, largest, 0, more.length >> 1, first, ...more.slice(0, (more.length >> 1) * 2)),
  ),
  tuple(number, number, number).map(([a, b, c]) => frame(0x03, a, b, 0, 0, a, b, c)),
  tuple(stream, number, number).map(([id, code, size]) => frame(0x04, id, code, size)),
  tuple(stream, number).map(([id, code]) => frame(0x05, id, code)),
  tuple(number, withLength).map(([offset, bytes]) => frame(0x06, offset, bytes)),
  withLength.map((bytes) => frame(0x07, bytes)),
  tuple(stream, number, some, boolean()).map(([id, offset, bytes, isEnd]) => streamFrame(id, offset, bytes, isEnd)),
  tuple(integer({ min: 0x10, max: 0x14 }), number, number).map(([type, a, b]) =>
    type === 0x11 ? frame(type, a, b) : frame(type, a),
  ),
  tuple(stream, number).map(([id, limit]) => frame(0x15, id, limit)),
  tuple(integer({ min: 0x16, max: 0x17 }), number).map(([type, limit]) => frame(type, limit)),
  tuple(nat(20), nat(20)).map(([sequence, retire]) => newConnectionId(sequence, retire)),
  number.map((sequence) => frame(0x19, sequence)),
  tuple(integer({ min: 0x1a, max: 0x1b }), eight).map(([type, data]) => frame(type, data)),
  tuple(integer({ min: 0x1c, max: 0x1d }), number, withLength).map(([type, code, reason]) =>
    type === 0x1c ? frame(type, code, 0, reason) : frame(type, code, reason),
  ),
  constant(frame(0x1e)),
  withLength.map((bytes) => frame(0x31, bytes)),
  some.map((bytes) => frame(0x30, bytes)),
  tuple(number, some).map(([type, bytes]) => frame(type, bytes)),
);

test("the engine behind the guard takes any frames without a crash, and answers while it is open", () => {
  assert(
    property(array(array(anyFrame, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }), (packets) => {
      const peer = new HostilePeer(client, server);
      for (const frames of packets) peer.send(...frames);
      peer.listen();
      const heard = peer.victim.authenticatedPackets();
      peer.send(frame(0x01));
      if (!peer.victim.isClosed) expect(peer.victim.authenticatedPackets()).toBe(heard + 1);
    }),
    { numRuns: runs(300, 100) },
  );
});

/** Keeps a stream's pieces as quiche does: they do not overlap, and each holds all of its frame. */
class Pieces {
  read = 0;
  /** The frame that brought each octet; undefined: the octet has not come. */
  readonly #octets: (number | undefined)[] = [];
  readonly #lengths: number[] = [];

  add(offset: number, length: number): void {
    const frame = this.#lengths.push(length) - 1;
    for (let at = Math.max(offset, this.read); at < offset + length; at++) this.#octets[at] ??= frame;
  }

  readAll(limit: number): number {
    const from = this.read;
    while (this.read < from + limit && this.#octets[this.read] !== undefined) this.read++;
    return this.read - from;
  }

  get octets(): number {
    let count = 0;
    for (let at = this.read; at < this.#octets.length; at++) count += this.#octets[at] === undefined ? 0 : 1;
    return count;
  }

  get kept(): number {
    const frames = new Set<number>();
    let pieces = 0;
    for (let at = this.read; at < this.#octets.length; at++) {
      const frame = this.#octets[at];
      if (frame === undefined) continue;
      if (frame !== this.#octets[at - 1] || at === this.read) pieces++;
      frames.add(frame);
    }
    return [...frames].reduce((sum, frame) => sum + this.#lengths[frame]!, pieces * PIECE_COST);
  }
}

test("what an engine keeps is hidden in the ledger, or at most two and a half times what lies there to be read", () => {
  const lengths = oneof(constant(1), nat(20), integer({ min: 500, max: 1_400 }));
  const step = record({ id: nat(2), offset: nat(6_000), length: lengths, read: oneof(constant(0), nat(3_000)) });
  assert(
    property(array(step, { maxLength: 60 }), (steps) => {
      const ledger = new ConnectionLedger(true, new ProcessLedger());
      const streams = [new Pieces(), new Pieces(), new Pieces()];
      for (const { id, offset, length, read } of steps) {
        const pieces = streams[id]!;
        ledger.handleStream(4 * id, offset, length);
        pieces.add(offset, length);
        const got = pieces.readAll(read);
        if (got > 0) ledger.handleRead(4 * id, got);
        const sum = (of: "kept" | "octets"): number => streams.reduce((total, one) => total + one[of], 0);
        // quiche keeps the piece that is being read whole, one for each stream.
        const slack = streams.length * (1_400 + PIECE_COST);
        expect(sum("kept")).toBeLessThanOrEqual(ledger.hidden + 2.5 * sum("octets") + slack);
      }
    }),
  );
});

test("pieces of a byte cost a process no more than what the law allows", () => {
  const before = quicheEngine.violations["HIDDEN_BYTES"]!;
  const peers = Array.from({ length: 3 }, () => new HostilePeer(client, server));
  const rss = process.memoryUsage.rss();
  // The peer sends 450,000 pieces on each connection: 90 MB, of which 8 are allowed.
  for (let i = 0; i < 3_000; i++) {
    const offset = 300 * Math.floor(i / 50) + 1;
    const frames = Array.from({ length: 150 }, (_, n) => streamFrame(4 * (i % 50), offset + 2 * n, Buffer.of(1)));
    for (const peer of peers) if (!peer.victim.isClosed) peer.send(...frames);
  }
  // The margin is wide, for garbage of the test itself.
  expect(process.memoryUsage.rss() - rss).toBeLessThan(peers.length * 45_000_000);
  expect(quicheEngine.violations["HIDDEN_BYTES"]).toBe(before + peers.length);
});
