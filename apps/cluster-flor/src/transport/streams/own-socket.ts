import assert from "node:assert";
import { Code } from "../codes.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { OwnStream, OwnStreamUser, StreamOpener } from "../own/own-stream.ts";
import type { Taken } from "./taken-bytes.ts";

export interface OwnSocketHost {
  readonly budget: MemoryBudget;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

/** Events that the user gets in the next turn. */
interface News {
  isAnswered?: boolean;
  taken?: Taken;
  bytes?: Uint8Array;
  hasEnded?: boolean;
  reset?: { readonly code: number; readonly text: string };
}

/**
 * Joins a relay to a workload of this process without a socket between them. The workload is called in turns of its
 * own, so that neither side calls the other from within a call.
 */
export class OwnSocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly #user: OwnStreamUser & Partial<StreamOpener>;
  readonly #host: OwnSocketHost;
  #news: News = {};
  #isTurnDue = false;
  /** Bytes that the user was given, or is about to be, and has not confirmed by `take`. */
  #unheard = 0;
  #hasPeerEnded = false;
  /** All bytes that the user was given, or is about to be, and how many of them its workload has taken. */
  #told = 0;
  #acknowledged = 0;
  #isEndAcknowledged = false;
  /** Undefined until the far end has answered. */
  #tellsTaken: boolean | undefined;
  #isFarEndTaken = false;
  /** Bytes of the user that the relay has not read. */
  #said: Uint8Array | undefined;
  /** Whether the user still has to be told that it may write again. */
  #isWriting = false;
  #hasEnded = false;
  #isEndRead = false;
  #isReading = false;
  #isGone = false;

  /**
   * @param workload Called within this call.
   * @param tellsTaken For a stream that the far end has opened: whether the far end tells what its workload has taken.
   */
  constructor(
    workload: (stream: OwnStream) => OwnStreamUser & Partial<StreamOpener>,
    host: OwnSocketHost,
    tellsTaken?: boolean,
  ) {
    this.#host = host;
    this.#tellsTaken = tellsTaken;
    const isTelling = (): boolean | undefined => this.#tellsTaken;
    this.#user = workload({
      get tellsTaken() {
        return isTelling();
      },
      write: (bytes) => this.#handleWrite(bytes),
      end: () => this.#handleEnd(),
      take: () => this.#handleHeard(),
      acknowledge: (offset, isEnd) => this.#handleAcknowledged(offset, isEnd),
      reset: (code = Code.workloadReset) => this.#handleReset(code),
    });
  }

  // ── For the relay ─────────────────────────────────────────────────────────────────────────────────────────────────

  get isFull(): boolean {
    return this.#unheard > 0;
  }

  get held(): number {
    return this.#unheard;
  }

  get untaken(): number {
    return this.#told - this.#acknowledged;
  }

  get hasTakenEnd(): boolean {
    return this.#isEndAcknowledged;
  }

  write(bytes: Uint8Array): boolean {
    assert(this.#unheard === 0, "it is full");
    this.#unheard = bytes.length;
    this.#told += bytes.length;
    // A copy: all relays share the buffer.
    this.#news.bytes = bytes.slice();
    this.#planTurn();
    return true;
  }

  end(): void {
    this.#news.hasEnded = true;
    this.#planTurn();
  }

  reset(code: number, text: string): void {
    if (this.#isGone) return;
    this.#leave();
    this.#news = { reset: { code, text } };
    this.#planTurn();
  }

  handleAnswered(tellsTaken: boolean): void {
    this.#tellsTaken = tellsTaken;
    this.#news.isAnswered = true;
    this.#planTurn();
  }

  handleTaken(offset: number, isEnd: boolean): void {
    this.#news.taken = { offset, isEnd };
    this.#planTurn();
  }

  pause(): void {
    this.#isReading = false;
  }

  checkWorkload(): void {
    // Nothing to check: this process is there.
  }

  resume(): void {
    if (this.#isReading || this.#isGone) return;
    this.#isReading = true;
    this.#planTurn();
  }

  // ── For the user ──────────────────────────────────────────────────────────────────────────────────────────────────

  #handleWrite(bytes: Uint8Array): void {
    if (this.#isGone) return;
    assert(!this.#isWriting && !this.#hasEnded, "it waits until it may write");
    this.#isWriting = true;
    this.#said = bytes;
    this.#host.budget.change(bytes.length);
    this.#planTurn();
  }

  #handleEnd(): void {
    this.#hasEnded = true;
    this.#planTurn();
  }

  #handleHeard(): void {
    if (this.#unheard === 0) return;
    this.#unheard = 0;
    this.owner?.handleLocalDrain();
  }

  #handleAcknowledged(offset: number, isEnd: boolean): void {
    assert(offset >= this.#acknowledged && offset <= this.#told, "it goes on, up to what was told");
    this.#acknowledged = offset;
    this.#isEndAcknowledged ||= isEnd;
    this.#planTurn();
  }

  #handleReset(code: number): void {
    if (this.#isGone) return;
    // The workload may reset the stream while it is being made.
    if (this.owner === undefined) return this.#host.soon(() => this.#handleReset(code));
    // A relay resets this socket in return; an offer only notes the end.
    this.owner.handleLocalClose(false, code);
    this.reset(code, "");
  }

  // ── Turns ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #planTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#host.soon(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#read();
    const { isAnswered = false, taken, bytes, hasEnded = false, reset } = this.#news;
    this.#news = {};
    if (reset !== undefined) return this.#user.handleReset(reset.code, reset.text);
    // The user may reset the stream in each of these calls.
    if (isAnswered) this.#user.handleAnswered?.();
    if (taken !== undefined && !this.#isGone) {
      this.#isFarEndTaken = taken.isEnd;
      this.#user.handleTaken(taken.offset, taken.isEnd);
    }
    if (bytes !== undefined && !this.#isGone) this.#user.handleBytes(bytes);
    if (hasEnded && !this.#isGone) {
      this.#hasPeerEnded = true;
      this.#user.handleEnd();
      // No event follows that could wait for `take`.
      this.#handleHeard();
    }
    if (this.#isWriting && this.#said === undefined && this.#isReading && !this.#hasEnded && !this.#isGone) {
      this.#isWriting = false;
      this.#user.handleWritable();
    }
    this.owner?.handleLocalTaken?.();
    if (this.#isDone && !this.#isGone) {
      const { owner } = this;
      this.#leave();
      owner?.handleLocalClose(true);
    }
  }

  /** Whether both sides have ended, and no news of taken bytes is left. */
  get #isDone(): boolean {
    const isTold = this.#tellsTaken !== true || (this.#isEndAcknowledged && this.#isFarEndTaken);
    return this.#hasPeerEnded && this.#isEndRead && isTold;
  }

  /** Gives the relay the user's bytes. */
  #read(): void {
    const said = this.#said;
    if (said !== undefined && this.#isReading) {
      this.#letGo();
      this.owner?.handleLocalData(said);
    }
    if (!this.#hasEnded || this.#isEndRead || this.#said !== undefined || this.#isGone) return;
    this.#isEndRead = true;
    this.owner?.handleLocalEnd();
  }

  #leave(): void {
    this.#isGone = true;
    this.owner = undefined;
    this.#letGo();
  }

  /** The user's bytes are not kept here any more. */
  #letGo(): void {
    this.#host.budget.change(-(this.#said?.length ?? 0));
    this.#said = undefined;
  }
}
