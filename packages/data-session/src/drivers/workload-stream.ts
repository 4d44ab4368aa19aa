import { Duplex } from "node:stream";
import type { TrafficClass } from "@florenetes/forwarding";
import type { DataSession } from "../data-session.ts";
import { WORKLOAD_RESET } from "../codes.ts";
import { StreamError } from "./stream-errors.ts";

/** Most bytes of one piece that a reader gets. */
const PIECE_SIZE = 65_536;

export interface StreamSession {
  readonly session: DataSession;
  /** To be called after each call of the session: plans a turn that does what follows from it. */
  plan(): void;
  /** Drops the stream from the session: no more events follow. */
  forget(id: number): void;
}

/** How a stream or flow was opened. */
export interface Opened {
  readonly id: number;
  readonly service: string;
  readonly trafficClass: TrafficClass;
  /** The principal that has opened it; empty for our own streams. */
  readonly caller: string;
  readonly isOwn: boolean;
}

/**
 * A stream of a session, as a Duplex of Node's: `write` holds back when the far end does not read, `end` ends only our
 * half. The event `finish` (and so the end of `pipeline`) says that the far workload has taken everything;
 * `acknowledged` is what it has taken so far. `destroy` resets both halves. Functions that read a Duplex to its end may
 * call `destroy` although our half goes on (`for await`, `buffer`): `stream.iterator({ destroyOnReturn: false })` does
 * not. An early end is told by the event `error`, as a `StreamError` or a `SessionError`.
 */
export class WorkloadStream extends Duplex {
  readonly id: number;
  readonly service: string;
  readonly trafficClass: TrafficClass;
  /** The principal that has opened the stream, as the vertex says; empty for our own stream. */
  readonly caller: string;
  /** Bytes of ours that the far workload has taken: they are not needed for a second try. */
  acknowledged = 0;
  readonly #owner: StreamSession;
  readonly #isOwn: boolean;
  #isAnswered = false;
  /** Bytes of a `write` that waits for credit. */
  #writing: { bytes: Uint8Array; done: () => void } | undefined;
  #final: (() => void) | undefined;
  #isReading = false;
  #isOver = false;

  constructor(owner: StreamSession, { id, service, trafficClass, caller, isOwn }: Opened) {
    super({ allowHalfOpen: true });
    this.#owner = owner;
    this.id = id;
    this.service = service;
    this.trafficClass = trafficClass;
    this.caller = caller;
    this.#isOwn = isOwn;
  }

  /** Whether the far end is there. Always true for our own stream once it has sent something back. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Waits until the far end of our stream is there. Rejects with the error that ends the stream before. */
  answered(): Promise<void> {
    if (this.#isAnswered) return Promise.resolve();
    if (this.destroyed) return Promise.reject(this.errored ?? new StreamError(WORKLOAD_RESET, "it was given up here"));
    return new Promise((done, failed) => {
      const tidy = (): void => {
        this.off("answered", isThere);
        this.off("close", isOver);
      };
      const isThere = (): void => {
        tidy();
        done();
      };
      const isOver = (): void => {
        tidy();
        failed(this.errored ?? new StreamError(WORKLOAD_RESET, "it was given up here"));
      };
      this.once("answered", isThere);
      this.once("close", isOver);
    });
  }

  /** Accepts a stream that the other end has opened. Reading or writing accepts it, too; `reset` refuses it. */
  answer(): void {
    if (this.#isOwn || this.#isAnswered || this.#isOver) return;
    this.#isAnswered = true;
    this.#owner.session.answer(this.id);
    this.#owner.plan();
  }

  /** Resets both halves, with a code of docs/protocol/transport.md for the far end. */
  reset(code: number = WORKLOAD_RESET, text: string = ""): void {
    this.#reset(code, text);
    this.destroy();
  }

  // ── From the session ────────────────────────────────────────────────────────────────────────────────────────────────

  handleAnswered(): void {
    this.#isAnswered = true;
    this.emit("answered");
  }

  handleReadable(): void {
    if (this.#isReading) this.#readOn();
  }

  handleWritable(): void {
    this.#writeOn();
  }

  handleEnded(): void {
    this.push(null);
  }

  handleAcknowledged(offset: number, isEnd: boolean): void {
    this.acknowledged = offset;
    this.emit("acknowledged", offset);
    if (isEnd) this.#final?.();
    this.#final = isEnd ? undefined : this.#final;
  }

  /** Both halves are over. */
  handleFinished(): void {
    this.#isOver = true;
    this.#owner.forget(this.id);
  }

  /** Ends the stream early. */
  handleLost(error: Error | undefined): void {
    this.#isOver = true;
    this.#owner.forget(this.id);
    this.destroy(error);
  }

  // ── From Node ───────────────────────────────────────────────────────────────────────────────────────────────────────

  override _read(): void {
    this.answer();
    this.#isReading = true;
    this.#readOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.answer();
    this.#writing = { bytes: chunk, done };
    this.#writeOn();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.answer();
    this.#final = () => done();
    this.#owner.session.finish(this.id);
    this.#owner.plan();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#reset(WORKLOAD_RESET, error instanceof StreamError ? "" : (error?.message ?? ""));
    this.#writing = undefined;
    this.#final = undefined;
    done(error);
  }

  #readOn(): void {
    while (this.#isReading && !this.#isOver) {
      const piece = this.#owner.session.read(this.id, PIECE_SIZE);
      if (piece.length === 0) break;
      this.#isReading = this.push(piece);
    }
    this.#owner.plan();
  }

  #writeOn(): void {
    const writing = this.#writing;
    if (writing === undefined || this.#isOver) return;
    const taken = this.#owner.session.write(this.id, writing.bytes);
    this.#owner.plan();
    if (taken < writing.bytes.length) {
      writing.bytes = writing.bytes.subarray(taken);
      return;
    }
    this.#writing = undefined;
    writing.done();
  }

  #reset(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.session.reset(this.id, code, text);
    this.#owner.forget(this.id);
    this.#owner.plan();
  }
}
