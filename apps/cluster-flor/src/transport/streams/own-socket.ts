import assert from "node:assert";
import { Code } from "../codes.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { OwnStream, OwnStreamUser, StreamOpener } from "../own/own-stream.ts";

export interface OwnSocketHost {
  readonly budget: MemoryBudget;
  /** Calls in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

/** To be told in the next turn. */
interface News {
  isAnswered?: boolean;
  bytes?: Uint8Array;
  hasEnded?: boolean;
  reset?: { readonly code: number; readonly text: string };
}

/**
 * Joins a relay to a workload of this process without a socket between them. The workload is called in turns of its own, so that neither
 * side is called from within the other.
 */
export class OwnSocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly #user: OwnStreamUser & Partial<StreamOpener>;
  readonly #host: OwnSocketHost;
  #news: News = {};
  #isTurnDue = false;
  /** Bytes that the user was told, or is about to be, and has not taken. */
  #untaken = 0;
  #hasPeerEnded = false;
  /** Bytes of the user's that the relay has not read. */
  #said: Uint8Array | undefined;
  /** The user has not heard that it may say more. */
  #isWriting = false;
  #hasEnded = false;
  #isEndRead = false;
  #isReading = false;
  #isGone = false;

  /** @param workload Is called within this call. */
  constructor(workload: (stream: OwnStream) => OwnStreamUser & Partial<StreamOpener>, host: OwnSocketHost) {
    this.#host = host;
    this.#user = workload({
      write: (bytes) => this.#handleWrite(bytes),
      end: () => this.#handleEnd(),
      take: () => this.#handleTaken(),
      reset: (code = Code.workloadReset) => this.#handleReset(code),
    });
  }

  // ── For the relay ─────────────────────────────────────────────────────────────────────────────────────────────────

  get isFull(): boolean {
    return this.#untaken > 0;
  }

  get held(): number {
    return this.#untaken;
  }

  write(bytes: Uint8Array): boolean {
    assert(this.#untaken === 0, "it is full");
    this.#untaken = bytes.length;
    // The buffer is that of all relays.
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

  handleAnswered(): void {
    this.#news.isAnswered = true;
    this.#planTurn();
  }

  pause(): void {
    this.#isReading = false;
  }

  checkWorkload(): void {
    // This process is there.
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

  #handleTaken(): void {
    if (this.#untaken === 0) return;
    this.#untaken = 0;
    this.owner?.handleLocalDrain();
  }

  #handleReset(code: number): void {
    if (this.#isGone) return;
    // The workload may do so while it is being made.
    if (this.owner === undefined) return this.#host.soon(() => this.#handleReset(code));
    // A relay resets this socket; what waits for a connection only takes notice.
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
    const { isAnswered = false, bytes, hasEnded = false, reset } = this.#news;
    this.#news = {};
    if (reset !== undefined) return this.#user.handleReset(reset.code, reset.text);
    // The user may reset the stream at each of them.
    if (isAnswered) this.#user.handleAnswered?.();
    if (bytes !== undefined && !this.#isGone) this.#user.handleBytes(bytes);
    if (hasEnded && !this.#isGone) {
      this.#hasPeerEnded = true;
      this.#user.handleEnd();
      // Nothing follows that could wait for it.
      this.#handleTaken();
    }
    if (this.#isWriting && this.#said === undefined && this.#isReading && !this.#hasEnded && !this.#isGone) {
      this.#isWriting = false;
      this.#user.handleWritable();
    }
    if (this.#hasPeerEnded && this.#isEndRead && !this.#isGone) {
      const { owner } = this;
      this.#leave();
      owner?.handleLocalClose(true);
    }
  }

  /** Gives the relay what the user has said. */
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

  /** Bytes of the user's are not kept here any more. */
  #letGo(): void {
    this.#host.budget.change(-(this.#said?.length ?? 0));
    this.#said = undefined;
  }
}
