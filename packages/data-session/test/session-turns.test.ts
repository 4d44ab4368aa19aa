import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { SessionCode } from "../src/codes.ts";
import { DataSession } from "../src/data-session.ts";
import { Role, StreamKind } from "../src/frames.ts";
import { BYTES_UNREAD_MAX, CLOSING_MS, HANDSHAKE_MS } from "../src/limits.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { SessionTurns, type SessionWire } from "../src/session-turns.ts";

/** A session on a wire whose room and time the test controls. */
class Bench implements SessionWire {
  readonly session: DataSession;
  readonly turns: SessionTurns;
  readonly events: SessionEvent[] = [];
  readonly written: Uint8Array[] = [];
  readonly did: string[] = [];
  onEvent: (event: SessionEvent) => void = () => {};
  isFull = false;
  /** The number of writes after which the wire is full. */
  room = Number.POSITIVE_INFINITY;
  #now = 0;
  #soon: (() => void)[] = [];
  #timer = { at: Number.POSITIVE_INFINITY, call: (): void => {} };

  constructor(role: Role) {
    this.session = new DataSession({ role, name: "", isReaderFar: true }, 0);
    const time = {
      now: () => this.#now,
      wakeUps: {
        soon: (call: () => void) => void this.#soon.push(call),
        timer: (call: () => void) => {
          this.#timer = { at: Number.POSITIVE_INFINITY, call };
          const close = (): void => void (this.#timer.at = Number.POSITIVE_INFINITY);
          return { set: (at: number) => void (this.#timer.at = Math.min(at, this.#timer.at)), close };
        },
      },
    };
    this.turns = new SessionTurns({
      session: this.session,
      wire: this,
      time,
      onEvent: (event) => {
        this.events.push(event);
        if (event.kind === "authenticate") this.session.accept("user/alice");
        this.onEvent(event);
      },
    });
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes.slice());
    this.isFull = --this.room <= 0;
    return true;
  }

  pause(): void {
    this.did.push("pause");
  }

  resume(): void {
    this.did.push("resume");
  }

  end(): void {
    this.did.push("end");
  }

  destroy(): void {
    this.did.push("destroy");
  }

  /** Runs one turn of the event loop. */
  turn(): void {
    for (const call of this.#soon.splice(0)) call();
  }

  /** Turns until nothing is left to do; returns the number of turns. */
  settle(): number {
    let turns = 0;
    for (; this.#soon.length > 0 && turns < 1_000; turns++) this.turn();
    return turns;
  }

  sleepUntil(now: number): void {
    for (let rings = 0; this.#timer.at <= now && rings < 100; rings++) {
      this.#now = this.#timer.at;
      this.#timer.at = Number.POSITIVE_INFINITY;
      this.#timer.call();
      this.settle();
    }
    this.#now = now;
  }

  takeWritten(): Uint8Array {
    return Buffer.concat(this.written.splice(0));
  }
}

function openBenches(): { workload: Bench; vertex: Bench; settle: () => void } {
  const [workload, vertex] = [new Bench(Role.workload), new Bench(Role.vertex)];
  const settle = (): void => {
    for (let rounds = 0; rounds < 100; rounds++) {
      workload.settle();
      vertex.settle();
      const [up, down] = [workload.takeWritten(), vertex.takeWritten()];
      if (up.length + down.length === 0) return;
      if (up.length > 0) vertex.turns.handleBytes(up);
      if (down.length > 0) workload.turns.handleBytes(down);
    }
  };
  settle();
  return { workload, vertex, settle };
}

const options = { service: "web", trafficClass: TrafficClass.reliable, kind: StreamKind.bytes, principal: "" };

test("whoever sends more than a turn takes is read in several, and paused meanwhile", () => {
  const { workload, vertex } = openBenches();
  for (let count = 0; count < 2_000; count++) workload.session.open({ ...options, service: `s${count}` });
  workload.turns.plan();
  workload.settle();
  const opens = workload.takeWritten();
  vertex.did.length = 0;
  vertex.turns.handleBytes(opens);
  expect(vertex.did).toEqual(["pause"]);
  expect(vertex.session.streamCount).toBe(256);
  vertex.turns.handleBytes(opens.subarray(0, 0));
  expect(vertex.settle()).toBeGreaterThan(5);
  expect(vertex.session.streamCount).toBe(2_000);
  expect(vertex.did).toEqual(["pause", "resume"]);
});

test("bytes that come while others wait are kept in their order", () => {
  const { workload, vertex, settle } = openBenches();
  for (let count = 0; count < 600; count++) workload.session.open(options);
  workload.turns.plan();
  workload.settle();
  const opens = workload.takeWritten();
  for (let at = 0; at < opens.length; at += 5_000) vertex.turns.handleBytes(opens.subarray(at, at + 5_000));
  settle();
  expect(vertex.session.streamCount).toBe(600);
});

test("a peer that fills the wire while a turn is due waits", () => {
  const { vertex } = openBenches();
  vertex.turns.plan();
  vertex.did.length = 0;
  vertex.turns.handleBytes(new Uint8Array(BYTES_UNREAD_MAX - 1).fill(0xff));
  expect(vertex.did).toEqual([]);
  vertex.turns.handleBytes(new Uint8Array(1));
  expect(vertex.did).toEqual(["pause"]);
});

test("nothing is written to a full wire, and all of it when it has drained", () => {
  const { workload, vertex } = openBenches();
  workload.room = 1;
  const streams = Array.from({ length: 20 }, () => workload.session.open(options)!);
  for (const stream of streams) workload.session.write(stream, new Uint8Array(16_384));
  workload.turns.plan();
  workload.settle();
  expect(workload.written).toHaveLength(1);
  workload.isFull = false;
  workload.room = Number.POSITIVE_INFINITY;
  workload.turns.handleDrain();
  workload.settle();
  vertex.turns.handleBytes(workload.takeWritten());
  vertex.settle();
  const received = streams.map((stream) => {
    let bytes = 0;
    for (let piece = vertex.session.read(stream, 65_536); piece.length > 0; piece = vertex.session.read(stream, 65_536))
      bytes += piece.length;
    return bytes;
  });
  expect(received).toEqual(streams.map(() => 16_384));
});

test("an end that answers each event gets no more than its turn", () => {
  const { workload, vertex } = openBenches();
  let answers = 0;
  workload.onEvent = () => {};
  vertex.onEvent = () => {
    if (answers++ < 100) vertex.session.ping(0);
  };
  vertex.session.open({ ...options, principal: "user/bob" });
  vertex.turns.plan();
  vertex.turn();
  expect(vertex.written.length).toBeLessThanOrEqual(4);
});

test("the last word of a session leaves before the wire ends, also where it waits for room", () => {
  const { workload } = openBenches();
  workload.did.length = 0;
  workload.isFull = true;
  workload.session.close(SessionCode.done, "");
  workload.turns.plan();
  workload.settle();
  expect([workload.did, workload.written]).toEqual([[], []]);
  workload.isFull = false;
  workload.turns.handleDrain();
  expect(workload.written).toHaveLength(1);
  expect(workload.did).toEqual(["end"]);
  workload.turns.handleGone();
  workload.sleepUntil(10 * CLOSING_MS);
  expect(workload.did).toEqual(["end"]);
});

test("a peer that takes no notice of the end is left, whether it reads or not", () => {
  for (const isFull of [false, true]) {
    const { workload } = openBenches();
    workload.did.length = 0;
    workload.isFull = isFull;
    workload.session.close(SessionCode.done, "");
    workload.turns.plan();
    workload.settle();
    workload.turns.handleBytes(new Uint8Array(100));
    workload.sleepUntil(CLOSING_MS - 1);
    expect(workload.did).toEqual(isFull ? [] : ["end"]);
    workload.sleepUntil(CLOSING_MS);
    expect(workload.did.at(-1)).toBe("destroy");
    workload.turns.handleDrain();
    workload.turns.plan();
    expect(workload.settle()).toBe(0);
  }
});

test("a peer that never says who it is is told so, and left", () => {
  const vertex = new Bench(Role.vertex);
  vertex.settle();
  vertex.sleepUntil(HANDSHAKE_MS);
  expect(vertex.events).toMatchObject([{ kind: "closed", by: "own", code: SessionCode.silent }]);
  expect(vertex.did).toEqual(["resume", "end"]);
});

test("what came before the end of the wire is looked at before the session is lost", () => {
  const { workload, vertex } = openBenches();
  const stream = workload.session.open(options)!;
  workload.session.close(SessionCode.stopping, "restart");
  workload.turns.plan();
  workload.settle();
  vertex.turns.plan();
  vertex.turns.handleBytes(workload.takeWritten());
  vertex.turns.handleEnd();
  expect(vertex.events.at(-1)).toEqual({ kind: "closed", by: "peer", code: SessionCode.stopping, text: "restart" });
  expect(stream).toBe(1);
  vertex.turns.handleGone();
  vertex.turns.handleGone();
  expect(vertex.events.filter(({ kind }) => kind === "closed")).toHaveLength(1);
});
