/** A hostile peer can make an end keep only so much: counted in frames, events and bytes. */
import { describe, expect, test } from "vitest";
import { SessionCode } from "../src/codes.ts";
import { DataSession } from "../src/data-session.ts";
import { writeFrame } from "../src/frame-writer.ts";
import { type Frame, Role, StreamKind } from "../src/frames.ts";
import { EVENTS_MAX, FRAMES_PER_TURN, TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { DEFAULT_LIMITS } from "../src/session-limits.ts";

/** A vertex whose peer sends what the test says. */
class Victim {
  readonly session: DataSession;
  readonly events: SessionEvent[] = [];

  constructor() {
    this.session = new DataSession({ role: Role.vertex, name: "victim", isReaderFar: false }, 0);
    this.say({ kind: "hello", lowestVersion: 1, highestVersion: 1, role: Role.workload, name: "" });
    this.say({ kind: "auth", method: 1, principal: "" });
    this.say({ kind: "sessionReady", principal: "", limits: DEFAULT_LIMITS });
    this.send();
  }

  say(frame: Frame): void {
    this.feed(bytesOf(frame));
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const taken = this.session.handleBytes(bytes.subarray(at), 0);
      at += taken;
      if (this.poll() === 0 && taken === 0) throw new Error("a session that has nothing to tell takes nothing");
    }
  }

  poll(): number {
    let count = 0;
    for (let event = this.session.pollEvent(); event !== undefined; event = this.session.pollEvent()) {
      count++;
      this.events.push(event);
      if (event.kind === "authenticate") this.session.accept("user/alice");
    }
    return count;
  }

  send(): number {
    const out = new Uint8Array(TRANSMIT_SIZE_MIN);
    let sent = 0;
    for (let size = this.session.pollTransmit(out); size > 0; size = this.session.pollTransmit(out)) sent += size;
    return sent;
  }
}

const scratch = new Uint8Array(TRANSMIT_SIZE_MIN * 2);

function bytesOf(...frames: readonly Frame[]): Uint8Array {
  let at = 0;
  for (const frame of frames) at = writeFrame(scratch, at, frame);
  return scratch.slice(0, at);
}

function open(stream: number, streamKind: number = StreamKind.bytes): Frame {
  return { kind: "openStream", stream, streamKind, trafficClass: 0, service: "web", principal: "" };
}

describe("a peer that", () => {
  test("sends datagrams, whole or in pieces, makes an end keep their bytes, and no view of the buffer that the driver reads into", () => {
    const victim = new Victim();
    victim.say(open(1, StreamKind.datagrams));
    const datagram = bytesOf({ kind: "datagram", stream: 1, bytes: Buffer.from("said") });
    const readInto = Buffer.alloc(100);
    for (const piece of [datagram, datagram.subarray(0, 14), datagram.subarray(14)]) {
      readInto.set(piece);
      expect(victim.session.handleBytes(readInto.subarray(0, piece.length), 0)).toBe(piece.length);
      readInto.fill(0);
    }
    victim.poll();
    const said = { kind: "datagram", stream: 1, bytes: new Uint8Array(Buffer.from("said")) };
    expect(victim.events.filter(({ kind }) => kind === "datagram")).toEqual([said, said]);
  });

  test("opens 2^31 streams gets as many as it may, and then the end of the session", () => {
    const victim = new Victim();
    for (let stream = 1; stream < 2 ** 32 && !victim.session.isClosed; stream += 2) victim.say(open(stream));
    expect(victim.events.filter(({ kind }) => kind === "opened")).toHaveLength(DEFAULT_LIMITS.streams);
    expect(victim.events.at(-1)).toMatchObject({ kind: "closed", by: "own", code: SessionCode.tooManyStreams });
    expect(victim.session.streamCount).toBe(0);
  });

  test("begins with the highest id can open that one", () => {
    const victim = new Victim();
    victim.say(open(Number.MAX_SAFE_INTEGER));
    expect(victim.events.at(-1)).toMatchObject({ kind: "opened", stream: Number.MAX_SAFE_INTEGER });
    victim.say(open(1));
    expect(victim.events.at(-1)).toMatchObject({ kind: "closed", code: SessionCode.streamId });
  });

  test("opens and resets all the time is stopped", () => {
    const victim = new Victim();
    for (let stream = 1; stream < 10_000 && !victim.session.isClosed; stream += 2) {
      victim.say(open(stream));
      victim.say({ kind: "resetStream", stream, code: 1, text: "" });
    }
    expect(victim.events.at(-1)).toMatchObject({ kind: "closed", by: "own", code: SessionCode.flooding });
  });

  test("never reads has its refused streams kept as open ones, and no more of them than it may have", () => {
    const victim = new Victim();
    for (let stream = 1; stream < 100_000 && !victim.session.isClosed; stream += 2) {
      victim.say(open(stream));
      victim.session.reset(stream, 2, "the target is not there");
    }
    expect(victim.events.at(-1)).toMatchObject({ code: SessionCode.tooManyStreams });
    expect(victim.send()).toBeLessThan(1_000);
  });

  test("never reads makes its streams take no more than their buffers", () => {
    const victim = new Victim();
    victim.say(open(1));
    victim.say({ kind: "streamCredit", stream: 1, limit: Number.MAX_SAFE_INTEGER });
    victim.session.answer(1);
    let taken = 0;
    for (let round = 0; round < 100; round++) taken += victim.session.write(1, Buffer.alloc(10_000));
    expect(taken).toBe(32_768);
    for (let round = 0; round < 100; round++)
      victim.session.tellPressure({ level: 0, score: 0, action: 0, reasons: [] });
    expect(victim.send()).toBeLessThan(33_500);
  });

  test("sends byte by byte makes no more be kept than one that sends all at once", () => {
    const victim = new Victim();
    victim.say(open(1));
    const window = DEFAULT_LIMITS.streamWindow;
    for (let offset = 0; offset < window; offset++) {
      victim.say({ kind: "data", stream: 1, offset, bytes: Buffer.of(offset & 0xff) });
    }
    expect(victim.events.filter(({ kind }) => kind === "readable")).toHaveLength(1);
    const pieces: Uint8Array[] = [];
    for (let piece = victim.session.read(1, 65_536); piece.length > 0; piece = victim.session.read(1, 65_536)) {
      pieces.push(piece);
    }
    expect(pieces.length).toBeLessThan(16);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(Array.from({ length: window }, (_, at) => at & 0xff)));
  });

  test("sends datagrams faster than they are polled waits", () => {
    const victim = new Victim();
    victim.say(open(1, StreamKind.datagrams));
    const datagram = bytesOf({ kind: "datagram", stream: 1, bytes: Buffer.alloc(65_507) });
    let kept = 0;
    for (let round = 0; round < 100; round++) kept += victim.session.handleBytes(datagram, 0) === 0 ? 0 : 1;
    expect(kept).toBeLessThanOrEqual(17);
    expect(victim.poll()).toBe(kept);
    expect(victim.session.handleBytes(datagram, 0)).toBe(datagram.length);
  });

  test("sends many small frames has a part of them looked at in a turn, and none while events wait", () => {
    const victim = new Victim();
    victim.say(open(1, StreamKind.datagrams));
    const frame: Frame = { kind: "datagram", stream: 1, bytes: Buffer.of(1) };
    const size = bytesOf(frame).length;
    const flood = bytesOf(...Array.from({ length: 2_000 }, () => frame));
    expect(victim.session.handleBytes(flood, 0)).toBe(FRAMES_PER_TURN * size);
    let taken = FRAMES_PER_TURN * size;
    for (let turn = 0; turn < 20; turn++) taken += victim.session.handleBytes(flood.subarray(taken), 0);
    expect(taken).toBe(EVENTS_MAX * size);
    victim.feed(flood.subarray(taken));
    expect(victim.events.filter(({ kind }) => kind === "datagram")).toHaveLength(2_000);
  });

  test("sends what may be ignored, without end, costs nothing that is kept", () => {
    const victim = new Victim();
    const ignored = Buffer.concat([Buffer.from("c880ffff0000000000000000", "hex"), Buffer.alloc(65_535)]);
    for (let round = 0; round < 100; round++) victim.feed(ignored);
    expect(victim.events.at(-1)).toMatchObject({ kind: "ready" });
    expect(victim.session.isClosed).toBe(false);
  });

  test("disconnects in the middle of a frame takes the session with it", () => {
    const victim = new Victim();
    victim.feed(bytesOf(open(1), { kind: "data", stream: 1, offset: 0, bytes: Buffer.alloc(100) }).subarray(0, 60));
    victim.session.handleEnd();
    victim.poll();
    expect(victim.events.at(-1)).toMatchObject({ kind: "closed", by: "lost" });
    expect(victim.session.streamCount).toBe(0);
    expect(victim.session.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });
});
