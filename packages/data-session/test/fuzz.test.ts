/**
 * Sessions whose peer sends almost valid frames. A short run each time; with FLORENETES_SOAK=<seconds> each test goes
 * on for that long, from a seed of its own. A failure names its seed and its run.
 */
import { TrafficClass } from "@florenetes/forwarding";
import { FUZZ_TIMEOUT_MS, fuzz, type Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { sessionCodeName } from "../src/codes.ts";
import { DataSession } from "../src/data-session.ts";
import { FrameType } from "../src/frame-types.ts";
import { writeFrame } from "../src/frame-writer.ts";
import { type Frame, Role, StreamKind } from "../src/frames.ts";
import { EVENTS_MAX, TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import { frameVectors, fromHex, sessionVectors } from "./vectors.ts";

const timeout = FUZZ_TIMEOUT_MS;
const TURNS_MAX = 10_000;
const limits = { streams: 8, frameLength: 2_048, streamWindow: 1_000, datagramSize: 1_200 };
const classes = [TrafficClass.reliable, TrafficClass.interactive, TrafficClass.bulk, TrafficClass.droppable];
const parts = [...frameVectors.map(({ hex }) => hex), ...sessionVectors.flatMap(({ hex }) => hex)].map(fromHex);
const handshakes = {
  [Role.vertex]: Buffer.concat(
    sessionVectors.find(({ name }) => name === "the handshake of a workload")!.hex.map(fromHex),
  ),
  [Role.workload]: Buffer.concat(
    sessionVectors.find(({ name }) => name === "the handshake of a vertex")!.hex.map(fromHex),
  ),
};

/** An end that reacts to every event, and checks its promises. */
class Subject {
  readonly session: DataSession;
  /** The reason why the session has ended. */
  end: string | undefined;
  readonly #random: Random;
  readonly #open = new Set<number>();
  #isClosedTold = false;
  #sent = Buffer.alloc(0);

  constructor(random: Random, role: Role) {
    this.#random = random;
    this.session = new DataSession({ role, name: "subject", limits, isReaderFar: random.chance(0.5) }, 0);
  }

  hear(bytes: Uint8Array): void {
    let at = 0;
    for (let turn = 0; at < bytes.length; turn++) {
      if (turn === TURNS_MAX) throw new Error("the bytes are never taken");
      const size = 1 + this.#random.below(this.#random.chance(0.5) ? 20 : 5_000);
      at += this.session.handleBytes(bytes.subarray(at, at + size), turn);
      expect(this.session.streamCount).toBeLessThanOrEqual(2 * limits.streams);
      this.#react();
      if (this.#random.chance(0.3)) this.#transmit();
    }
  }

  #react(): void {
    let count = 0;
    for (let event = this.session.pollEvent(); event !== undefined; event = this.session.pollEvent()) {
      expect(++count).toBeLessThan(2 * EVENTS_MAX);
      expect(this.#isClosedTold).toBe(false);
      if (event.kind === "authenticate") this.session.accept("user/alice");
      if (event.kind === "closed") {
        this.#isClosedTold = true;
        expect(this.session.isClosed).toBe(true);
        if (event.by === "own") expect(sessionCodeName(event.code)).toBeDefined();
        this.end = `${event.by} ${sessionCodeName(event.code)}: ${event.text}`;
      }
      if (event.kind === "opened") {
        expect(this.#open.has(event.stream)).toBe(false);
        this.#open.add(event.stream);
        if (this.#random.chance(0.8)) this.session.answer(event.stream);
      }
      if ("stream" in event) this.#act(event.stream);
    }
    const kind = this.#random.pick([StreamKind.bytes, StreamKind.datagrams]);
    const options = { service: "web", trafficClass: this.#random.pick(classes), kind, principal: "" };
    if (this.#random.chance(0.05)) this.session.open(options);
  }

  #act(stream: number): void {
    const { session } = this;
    const random = this.#random;
    if (random.chance(0.5)) session.write(stream, random.bytes(random.below(2_000)));
    if (random.chance(0.7)) while (session.read(stream, 500).length > 0);
    if (random.chance(0.3)) session.acknowledge(stream, random.below(3_000), random.chance(0.3));
    if (random.chance(0.2)) session.sendDatagram(stream, random.bytes(random.below(1_500)));
    if (random.chance(0.1)) session.finish(stream);
    if (random.chance(0.05)) session.reset(stream, 1, "enough");
    if (random.chance(0.01)) session.goAway(9, "enough");
  }

  #transmit(): void {
    const out = new Uint8Array(TRANSMIT_SIZE_MIN);
    for (let turn = 0, size = -1; size !== 0; turn++) {
      if (turn === TURNS_MAX) throw new Error("there is always more to send");
      size = this.session.pollTransmit(out);
      this.#sent = Buffer.concat([this.#sent, out.subarray(0, size)]);
    }
  }

  /** All bytes that were sent since the last call. */
  takeSent(): Uint8Array {
    this.#transmit();
    const sent = this.#sent;
    this.#sent = Buffer.alloc(0);
    return sent;
  }
}

test("pieces of conversations, altered and in any order", { timeout }, () => {
  fuzz(1_000, (random) => {
    const role = random.pick([Role.vertex, Role.workload]);
    const subject = new Subject(random, role);
    if (random.chance(0.9)) subject.hear(handshakes[role]);
    for (let part = 0; part < 20; part++) subject.hear(altered(random, random.pick(parts)));
    subject.takeSent();
  });
});

test("frames that make sense one by one, in any order, on few streams", { timeout }, () => {
  fuzz(1_000, (random) => {
    const role = random.pick([Role.vertex, Role.workload]);
    const subject = new Subject(random, role);
    subject.hear(handshakes[role]);
    const out = new Uint8Array(TRANSMIT_SIZE_MIN);
    const offsets = new Map<number, number>();
    for (let at = 0; at < 60; at++) {
      subject.hear(out.subarray(0, writeFrame(out, 0, likelyFrame(random, role, offsets))));
      subject.session.handleTimeout(random.below(100_000));
    }
    subject.session.handleEnd();
    expect(subject.session.isClosed).toBe(true);
    subject.takeSent();
  });
});

test("two ends that do anything they may do never accuse each other", { timeout }, () => {
  fuzz(300, (random) => {
    const ends = [new Subject(random, Role.workload), new Subject(random, Role.vertex)] as const;
    for (let step = 0; step < 60; step++) {
      for (const side of [0, 1] as const) {
        ends[1 - side]!.hear(ends[side].takeSent());
        expect(ends[1 - side]!.end).toBeUndefined();
      }
    }
  });
});

test("noise", { timeout }, () => {
  fuzz(500, (random) => {
    const subject = new Subject(random, random.pick([Role.vertex, Role.workload]));
    if (random.chance(0.5)) subject.hear(handshakes[Role.vertex]);
    subject.hear(random.bytes(random.below(3_000)));
    subject.takeSent();
  });
});

function altered(random: Random, part: Uint8Array): Uint8Array {
  if (random.chance(0.5)) return part;
  const bytes = part.slice(random.chance(0.1) ? random.below(part.length + 1) : 0);
  if (random.chance(0.1)) return bytes.subarray(0, random.below(bytes.length + 1));
  for (let change = random.below(3); change >= 0 && bytes.length > 0; change--) {
    bytes[random.below(Math.min(bytes.length, random.chance(0.5) ? 12 : bytes.length))] = random.pick([
      0,
      1,
      0x7f,
      0x80,
      0xff,
      random.below(256),
    ]);
  }
  return bytes;
}

/** A frame on one of few streams, whose offsets are right most of the time. */
function likelyFrame(random: Random, role: Role, offsets: Map<number, number>): Frame {
  const peerStream = (role === Role.vertex ? 1 : 2) + 2 * random.below(6);
  const stream = random.chance(0.8) ? peerStream : peerStream + 1;
  const offset = offsets.get(stream) ?? 0;
  const said = random.chance(0.97) ? offset : random.below(2_000);
  const choice = random.below(Object.keys(FrameType).length);
  // Most of these frames are wrong, and would end nearly every session at its beginning.
  const isRare = [2, 6, 7, 12, 14].includes(choice) && random.chance(0.8);
  switch (isRare ? 3 : choice) {
    case 0:
    case 1: {
      const next = Math.max(0, ...offsets.keys()) + 2;
      const id = random.chance(0.9) ? next - ((next % 2) ^ (role === Role.vertex ? 1 : 0)) : stream;
      offsets.set(id, 0);
      const streamKind = random.pick([1, 1, 1, 2]);
      return {
        kind: "openStream",
        stream: id,
        streamKind,
        trafficClass: random.below(8),
        service: "web",
        principal: "",
      };
    }
    case 2:
      return { kind: "openAnswer", stream };
    case 3:
    case 4:
    case 5: {
      const bytes = random.bytes(1 + random.below(300));
      offsets.set(stream, offset + bytes.length);
      return { kind: "data", stream, offset: said, bytes };
    }
    case 6:
      return { kind: "ack", stream, offset: random.below(2_000), isEnd: random.chance(0.3) };
    case 7:
      return { kind: "streamCredit", stream, limit: random.below(10_000) };
    case 8:
      return { kind: "closeStream", stream, size: said };
    case 9:
      return { kind: "resetStream", stream, code: random.below(20), text: "" };
    case 10:
      return { kind: "datagram", stream, bytes: random.bytes(random.below(1_300)) };
    case 11:
      return { kind: "ping", number: random.below(100) };
    case 12:
      return { kind: "pong", number: random.below(3) };
    case 13:
      return { kind: "nodePressure", level: 1, score: 50, action: 1, reasons: [] };
    default:
      return { kind: "goAway", lastStream: random.below(4), code: 9, text: "", isEnd: random.chance(0.2) };
  }
}
