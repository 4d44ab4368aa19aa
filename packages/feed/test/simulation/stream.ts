import type { Random, Scheduler } from "@florenetes/simkit";

/** An end of a simulated stream: a reader, a source, or who pretends to be one. */
export interface StreamEnd {
  readonly isPaused: boolean;
  handleBytes(bytes: Uint8Array, now: number): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  pollTransmit(now: number): Uint8Array | undefined;
}

/** Bytes on their way to an end. */
interface Pipe {
  readonly arrived: Uint8Array[];
  /** Bytes that were sent and not read. */
  unread: number;
  lastArrival: number;
}

/** Bytes that may be unread before the writer has to wait, as a window of flow control. */
const WINDOW = 65_536;
const DELAY_MS_MIN = 5;
const DELAY_MS_MAX = 80;
const PIECES_MAX = 4;

/** A stream between two ends in virtual time: bytes arrive late, in any pieces and in order, and not at all once it is cut. */
export class SimStream {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #ends: readonly [StreamEnd, StreamEnd];
  readonly #drain: () => void;
  readonly #pipes: readonly [Pipe, Pipe] = [newPipe(), newPipe()];
  #cancelTimer: () => void = () => {};
  isCut = false;

  /** @param drain Reads the events of both ends; it may cut the stream. */
  constructor(scheduler: Scheduler, random: Random, ends: readonly [StreamEnd, StreamEnd], drain: () => void) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#ends = ends;
    this.#drain = drain;
  }

  cut(): void {
    this.isCut = true;
    this.#cancelTimer();
  }

  /** Lets both ends do all that they can at present. */
  pump(): void {
    const { now } = this.#scheduler;
    for (let isMoving = true; isMoving && !this.isCut;) {
      isMoving = false;
      for (const side of [0, 1] as const) {
        isMoving = this.#readOne(side, now) || isMoving;
        isMoving = this.#writeOne(side, now) || isMoving;
      }
    }
    this.#cancelTimer();
    if (this.isCut) return;
    const next = Math.min(...this.#ends.map((end) => end.nextTimeout()));
    this.#cancelTimer = this.#scheduler.at(next, () => this.#handleTimeout());
  }

  #handleTimeout(): void {
    for (const end of this.#ends) end.handleTimeout(this.#scheduler.now);
    this.#drain();
    this.pump();
  }

  #readOne(side: 0 | 1, now: number): boolean {
    const pipe = this.#pipes[side];
    const end = this.#ends[side];
    if (this.isCut || end.isPaused || pipe.arrived.length === 0) return false;
    const bytes = pipe.arrived.shift()!;
    pipe.unread -= bytes.length;
    end.handleBytes(bytes, now);
    this.#drain();
    return true;
  }

  #writeOne(side: 0 | 1, now: number): boolean {
    const pipe = this.#pipes[side === 0 ? 1 : 0];
    if (this.isCut || pipe.unread >= WINDOW) return false;
    const octets = this.#ends[side].pollTransmit(now);
    this.#drain();
    if (octets === undefined) return false;
    pipe.unread += octets.length;
    const delay = this.#random.between(DELAY_MS_MIN, DELAY_MS_MAX);
    pipe.lastArrival = Math.max(pipe.lastArrival, now + delay);
    this.#scheduler.at(pipe.lastArrival, () => {
      if (this.isCut) return;
      const size = Math.ceil(octets.length / this.#random.between(1, PIECES_MAX));
      for (let at = 0; at < octets.length; at += size) pipe.arrived.push(octets.slice(at, at + size));
      this.pump();
    });
    return true;
  }
}

function newPipe(): Pipe {
  return { arrived: [], unread: 0, lastArrival: 0 };
}
