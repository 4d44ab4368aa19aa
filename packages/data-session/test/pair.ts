import { TrafficClass } from "@florenetes/forwarding";
import { DataSession, type SessionOptions } from "../src/data-session.ts";
import { Role, StreamKind } from "../src/frames.ts";
import { TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import type { SessionEvent } from "../src/session-events.ts";
import type { OpenOptions } from "../src/streams.ts";

export type EndOptions = Partial<Omit<SessionOptions, "role">>;

/** A session with the parts of a driver: bytes in flight, and events that were told. */
export class End {
  readonly session: DataSession;
  readonly events: SessionEvent[] = [];
  /** Sent bytes that the other end has not taken yet. */
  #underWay = Buffer.alloc(0);
  readonly #out = new Uint8Array(TRANSMIT_SIZE_MIN);

  constructor(role: Role, options: EndOptions = {}) {
    this.session = new DataSession({ role, name: "end", isReaderFar: true, ...options }, 0);
  }

  get underWay(): number {
    return this.#underWay.length;
  }

  /** Sends into a pipe that holds this many bytes, and the last call's bytes besides. */
  send(capacity: number = Number.POSITIVE_INFINITY): void {
    while (this.#underWay.length < capacity) {
      const size = this.session.pollTransmit(this.#out);
      if (size === 0) return;
      this.#underWay = Buffer.concat([this.#underWay, this.#out.subarray(0, size)]);
    }
  }

  /** Passes at most `max` bytes to the other end. */
  deliver(to: End, max: number = Number.POSITIVE_INFINITY, now: number = 0): void {
    const piece = this.#underWay.subarray(0, max);
    this.#underWay = this.#underWay.subarray(to.session.handleBytes(piece, now));
  }

  poll(): SessionEvent[] {
    const polled: SessionEvent[] = [];
    for (let event = this.session.pollEvent(); event !== undefined; event = this.session.pollEvent()) {
      polled.push(event);
      if (event.kind === "authenticate") this.session.accept("user/alice");
    }
    this.events.push(...polled);
    return polled;
  }

  open(options: Partial<OpenOptions> = {}): number {
    const { service = "web", trafficClass = TrafficClass.reliable, kind = StreamKind.bytes, principal = "" } = options;
    const id = this.session.open({ service, trafficClass, kind, principal });
    if (id === undefined) throw new Error("no stream can be opened");
    return id;
  }

  /** The kinds of the events of a stream. */
  kindsOf(stream: number): string[] {
    return this.events.flatMap((event) => ("stream" in event && event.stream === stream ? [event.kind] : []));
  }

  readAll(stream: number): Buffer {
    const pieces: Uint8Array[] = [];
    for (let piece = this.session.read(stream, 10_000); piece.length > 0; piece = this.session.read(stream, 10_000)) {
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }
}

export interface Pair {
  readonly workload: End;
  readonly vertex: End;
  /** Passes bytes between both ends until neither has any; `onEvents` reacts. */
  readonly settle: (onEvents?: (end: End, events: readonly SessionEvent[]) => void) => void;
}

const ROUNDS_MAX = 10_000;

/** Two ends that are ready, unless `isBegun` is false. */
export function openPair(workloadOptions: EndOptions = {}, vertexOptions: EndOptions = {}, isBegun = true): Pair {
  const workload = new End(Role.workload, workloadOptions);
  const vertex = new End(Role.vertex, vertexOptions);
  const settle: Pair["settle"] = (onEvents = () => undefined) => {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      workload.send();
      vertex.send();
      const isQuiet = workload.underWay === 0 && vertex.underWay === 0;
      workload.deliver(vertex);
      vertex.deliver(workload);
      const polled = [vertex, workload].map((end) => [end, end.poll()] as const);
      for (const [end, events] of polled) onEvents(end, events);
      if (isQuiet && polled.every(([, events]) => events.length === 0)) return;
    }
    throw new Error("the two ends do not come to rest");
  };
  if (isBegun) settle();
  return { workload, vertex, settle };
}
