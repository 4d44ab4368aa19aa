/** Two ends over a lossless pipe that carries any number of bytes at a time: all written bytes arrive, complete and in order. */
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { Random } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { StreamKind } from "../src/frames.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { type End, openPair } from "./pair.ts";

interface Half {
  readonly bytes: Uint8Array;
  written: number;
  readonly arrived: Uint8Array[];
  isFinished: boolean;
  hasEnded: boolean;
}

const STEPS_MAX = 100_000;
const workloadClasses = TRAFFIC_CLASS_NAMES.map((name) => TrafficClass[name]).filter(
  (number) => number !== TrafficClass.control,
);

/** A conversation: streams of both ends, each with two halves, over a pipe that carries varying numbers of bytes. */
class Conversation {
  readonly #random: Random;
  readonly #pair = openPair();
  readonly #ends = [this.#pair.workload, this.#pair.vertex];
  /** The two halves of each stream: the workload's, and the vertex's. */
  readonly #halves = new Map<number, readonly Half[]>();
  /** The streams that each end knows of. */
  readonly #known = [new Set<number>(), new Set<number>()];
  readonly #finished = [new Set<number>(), new Set<number>()];

  constructor(seed: number, streams: number, sizeMax: number) {
    this.#random = new Random(seed);
    for (let at = 0; at < streams; at++) {
      const opener = this.#random.pick(this.#ends);
      const id = opener.open({ trafficClass: this.#random.pick(workloadClasses) });
      this.#known[this.#ends.indexOf(opener)]!.add(id);
      this.#halves.set(id, [this.#half(sizeMax), this.#half(sizeMax)]);
    }
  }

  #half(sizeMax: number): Half {
    const bytes = this.#random.bytes(this.#random.chance(0.1) ? 0 : this.#random.below(sizeMax));
    return { bytes, written: 0, arrived: [], isFinished: false, hasEnded: false };
  }

  run(): void {
    for (let step = 0; step < STEPS_MAX; step++) {
      for (const side of [0, 1]) {
        this.#write(side);
        const end = this.#ends[side]!;
        end.send(1 + this.#random.below(200_000));
        end.deliver(this.#ends[1 - side]!, 1 + this.#random.below(this.#random.chance(0.5) ? 50 : 100_000));
        this.#readAll(1 - side, this.#ends[1 - side]!.poll());
      }
      if (this.#finished.every(({ size }) => size === this.#halves.size)) return;
    }
    throw new Error("the conversation does not end");
  }

  #write(side: number): void {
    for (const [id, halves] of this.#halves) {
      const half = halves[side]!;
      if (half.isFinished || !this.#known[side]!.has(id) || this.#random.chance(0.3)) continue;
      const size = 1 + this.#random.below(20_000);
      half.written += this.#ends[side]!.session.write(id, half.bytes.subarray(half.written, half.written + size));
      if (half.written < half.bytes.length) continue;
      half.isFinished = true;
      this.#ends[side]!.session.finish(id);
    }
  }

  #readAll(side: number, events: readonly SessionEvent[]): void {
    const { session } = this.#ends[side]!;
    for (const event of events) {
      if (event.kind === "opened") {
        this.#known[side]!.add(event.stream);
        session.answer(event.stream);
      } else if (event.kind === "readable") this.#read(side, event.stream);
      else if (event.kind === "ended") this.#halves.get(event.stream)![1 - side]!.hasEnded = true;
      else if (event.kind === "finished") this.#finished[side]!.add(event.stream);
      else if (event.kind === "closed" || event.kind === "reset") throw new Error(JSON.stringify(event));
    }
    for (const event of this.#ends[side]!.poll()) this.#readAll(side, [event]);
  }

  #read(side: number, id: number): void {
    const { session } = this.#ends[side]!;
    const max = 1 + this.#random.below(30_000);
    for (let piece = session.read(id, max); piece.length > 0; piece = session.read(id, max)) {
      this.#halves.get(id)![1 - side]!.arrived.push(piece);
    }
  }

  check(): void {
    for (const halves of this.#halves.values()) {
      for (const { bytes, arrived, hasEnded } of halves) {
        expect(Buffer.compare(Buffer.concat(arrived), bytes)).toBe(0);
        expect(hasEnded).toBe(true);
      }
    }
    for (const { session } of this.#ends) expect(session.streamCount).toBe(0);
  }
}

test("all streams arrive whole, whatever the pipe does", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(10, 3_000, 120_000),
      (seed, streams, size) => {
        const conversation = new Conversation(seed, streams, size);
        conversation.run();
        conversation.check();
      },
    ),
    { numRuns: 60 },
  );
});

test("a chat of 1,000 streams over one session", () => {
  const { workload, vertex, settle } = openPair();
  const streams = Array.from({ length: 1_000 }, () => workload.open({ trafficClass: TrafficClass.interactive }));
  const heard = new Map<number, string>();
  const echo = (end: End, events: readonly SessionEvent[]): void => {
    for (const event of events) {
      if (event.kind === "opened") end.session.answer(event.stream);
      if (event.kind !== "readable") continue;
      const text = end.readAll(event.stream);
      if (end === vertex) end.session.write(event.stream, text);
      else heard.set(event.stream, (heard.get(event.stream) ?? "") + text.toString());
    }
  };
  for (const message of ["hello", ", ", "world"]) {
    for (const stream of streams) expect(workload.session.write(stream, Buffer.from(message))).toBe(message.length);
    settle(echo);
  }
  expect([...heard.values()]).toEqual(streams.map(() => "hello, world"));
  for (const stream of streams) workload.session.finish(stream);
  settle();
  for (const stream of streams) vertex.session.finish(stream);
  settle();
  expect(workload.session.streamCount).toBe(0);
  expect(vertex.session.streamCount).toBe(0);
});

test("datagrams arrive beside streams, whole and in order", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constant(65_507)), { maxLength: 50 });
  fc.assert(
    fc.property(sizes, fc.nat(), (sizes, seed) => {
      const random = new Random(seed);
      const { workload, vertex, settle } = openPair();
      const flow = workload.open({ kind: StreamKind.datagrams, trafficClass: TrafficClass.droppable });
      const stream = workload.open();
      const datagrams = sizes.map((size) => random.bytes(size));
      for (const datagram of datagrams) {
        expect(workload.session.sendDatagram(flow, datagram)).toBe(0);
        workload.session.write(stream, random.bytes(100));
        settle();
      }
      const arrived = vertex.events.flatMap((event) => (event.kind === "datagram" ? [event.bytes] : []));
      expect(arrived).toHaveLength(sizes.length);
      for (const [at, bytes] of arrived.entries()) expect(Buffer.compare(bytes, datagrams[at]!)).toBe(0);
    }),
    { numRuns: 30 },
  );
});
