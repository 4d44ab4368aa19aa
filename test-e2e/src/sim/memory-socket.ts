import assert from "node:assert";
import { CHUNK_SIZE } from "@florenetes/cluster-flor/src/transport/limits.ts";
import type { LocalSocket, LocalSocketOwner } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";
import type { Life } from "@florenetes/simkit";

/** The number of bytes with which a socket is full, as one of Node's is. */
const FULL_AT = 65_536;

/** The workload's side of a connection. */
export interface Workload {
  /** Whether the workload takes bytes now; when that changes the workload calls `wake`. */
  readonly isReading: boolean;
  /** The next bytes to send, which are given away; "end" after the last; undefined: none for now, and `wake` says when. */
  next(): Uint8Array | "end" | undefined;
  /** The bytes are valid during the call. */
  handleData(bytes: Uint8Array): void;
  handleEnd(): void;
  handleReset(): void;
}

/**
 * A workload's connection in memory, which behaves as `NodeSocket` does: it fills while the workload does not read, and a paused socket
 * does not notice that its workload has reset it. The transport service has one side, a `Workload` the other.
 */
export class MemorySocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly #life: Life;
  readonly #workload: Workload;
  /** Bytes that the workload has not taken yet. */
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isFull = false;
  #isPaused = true;
  #isTurnPlanned = false;
  /** The workload has sent its last byte. */
  #hasFinished = false;
  /** The transport has sent its last byte, and the workload has heard of it. */
  #hasEnded = false;
  #isEndTold = false;
  #isResetByWorkload = false;
  #isGone = false;

  /** @param life the life of the process that has the socket */
  constructor(life: Life, workload: Workload) {
    this.#life = life;
    this.#workload = workload;
  }

  // ── The workload's side ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Has the socket look again: the workload has something to send, or reads again. */
  wake(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#life.soon(() => this.#turn());
  }

  /** Resets the connection: the workload hears nothing any more, and the transport finds out when it reads or writes next. */
  resetByWorkload(): void {
    this.#isResetByWorkload = true;
    this.wake();
  }

  // ── The transport's side ────────────────────────────────────────────────────────────────────────────────────────────

  get isFull(): boolean {
    return this.#isFull;
  }

  get held(): number {
    return this.#heldBytes;
  }

  get untaken(): number {
    return this.#heldBytes;
  }

  get hasTakenEnd(): boolean {
    return this.#isEndTold;
  }

  write(bytes: Uint8Array): boolean {
    assert(!this.#isFull, "the transport writes into a socket that is full");
    assert(!this.#hasEnded, "the transport writes after the end");
    if (this.#isGone) return true;
    if (this.#isResetByWorkload) {
      this.#life.soon(() => this.#close());
      return true;
    }
    if (this.#workload.isReading && this.#heldBytes === 0) {
      this.#workload.handleData(bytes);
      return true;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    assert(this.#heldBytes < FULL_AT + CHUNK_SIZE, "a socket holds more than it takes to be full");
    this.#isFull = this.#heldBytes >= FULL_AT;
    return false;
  }

  end(): void {
    assert(!this.#hasEnded, "the transport ends a connection twice");
    this.#hasEnded = true;
    this.wake();
  }

  reset(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.owner = undefined;
    this.#held.length = 0;
    if (!this.#isResetByWorkload) this.#workload.handleReset();
  }

  handleAnswered(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  checkWorkload(): void {
    if (this.#isResetByWorkload && this.#heldBytes === 0) this.#life.soon(() => this.#close());
  }

  resume(): void {
    this.#isPaused = false;
    this.wake();
  }

  #turn(): void {
    this.#isTurnPlanned = false;
    if (this.#isGone) return;
    if (this.#isResetByWorkload) {
      if (!this.#isPaused || this.#heldBytes > 0) this.#close();
      return;
    }
    if (this.#workload.isReading) this.#giveHeld();
    if (!this.#isPaused && !this.#hasFinished) this.#takeNext();
    if (this.#hasFinished && this.#isEndTold) this.#close();
  }

  #giveHeld(): void {
    while (this.#held.length > 0 && this.#workload.isReading) {
      const bytes = this.#held.shift()!;
      this.#heldBytes -= bytes.length;
      this.#workload.handleData(bytes);
    }
    this.owner?.handleLocalTaken?.();
    if (this.#held.length > 0) return;
    if (this.#isFull) {
      this.#isFull = false;
      this.owner?.handleLocalDrain();
    }
    if (!this.#hasEnded || this.#isEndTold || this.#heldBytes > 0 || this.#isResetByWorkload) return;
    this.#isEndTold = true;
    this.#workload.handleEnd();
    this.owner?.handleLocalTaken?.();
  }

  #takeNext(): void {
    const bytes = this.#workload.next();
    if (bytes === undefined || this.#isResetByWorkload) return;
    if (bytes === "end") {
      this.#hasFinished = true;
      this.owner?.handleLocalEnd();
    } else {
      this.owner?.handleLocalData(bytes);
      this.wake();
    }
  }

  #close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isFull = false;
    this.owner?.handleLocalClose(this.#hasFinished && this.#isEndTold && !this.#isResetByWorkload);
    this.owner = undefined;
  }
}
