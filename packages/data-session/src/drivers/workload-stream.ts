import { Duplex } from "node:stream";
import type { TrafficClass } from "@florenetes/forwarding";
import type { DataSession } from "../data-session.ts";
import { WORKLOAD_RESET } from "../codes.ts";
import { StreamError } from "./stream-errors.ts";

/** Most bytes of one piece that a reader gets. */
const PIECE_SIZE = 65_536;

/** The session that a stream or flow is of, and what it was opened with. */
export interface StreamSession {
  readonly session: DataSession;
  /** The session was called: what follows from it is to be done. */
  plan(): void;
  /** Drops the stream from the session: nothing is left to tell of it. */
  forget(id: number): void;
}

/** How a stream or flow was opened. */
export interface Opened {
  readonly id: number;
  readonly service: string;
  readonly trafficClass: TrafficClass;
  /** The principal that has called; empty for streams of our own. */
  readonly caller: string;
  readonly isOwn: boolean;
}

/**
 * A stream of a session, as a Duplex of Node's: `write` holds back when the far end does not read, `end` ends our half
 * alone. Its event `finish` (so the end of `pipeline`, too) says that the far workload has taken all that was written;
 * what it has taken so far is `acknowledged`. `destroy` resets both halves, and what reads a Duplex to its end may call
 * that, though ours goes on (`for await`, `buffer`): `stream.iterator({ destroyOnReturn: false })` does not. Whatever
 * ends it early is a `StreamError` or a `SessionError`, told by the event `error`.
 */
export class WorkloadStream extends Duplex {
  readonly id: number;
  readonly service: string;
  readonly trafficClass: TrafficClass;
  /** The principal that has opened it, as the vertex says; empty for a stream of our own. */
  readonly caller: string;
  /** Bytes of ours that the far workload has taken: they need not be kept for a second try. */
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

  /** The far end is there. Always true for a stream of ours that has said something back. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Waits until the far end of a stream of ours is there. Rejects with what has ended it before. */
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

  /** Says that this workload is there, for a stream that it was asked for. Whoever reads or writes says so, too; `reset` says the contrary. */
  answer(): void {
    if (this.#isOwn || this.#isAnswered || this.#isOver) return;
    this.#isAnswered = true;
    this.#owner.session.answer(this.id);
    this.#owner.plan();
  }

  /** Gives up both halves, and tells the far end why, by a code of docs/protocol/transport.md. */
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
