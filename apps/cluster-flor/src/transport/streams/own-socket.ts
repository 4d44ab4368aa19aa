import assert from "node:assert";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { OwnService, OwnStreamUser } from "../own/own-stream.ts";

/** To be told in the next turn. */
interface News {
  bytes?: Uint8Array;
  hasEnded?: boolean;
  resetBy?: number;
}

/**
 * Joins a relay to a service of this process without a socket between them. The service is called in turns of its own, so that neither side
 * is called from within the other.
 */
export class OwnSocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly #user: OwnStreamUser;
  readonly #soon: (call: () => void) => void;
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

  constructor(service: OwnService, soon: (call: () => void) => void) {
    this.#soon = soon;
    this.#user = service({
      write: (bytes) => this.#handleWrite(bytes),
      end: () => this.#handleEnd(),
      take: () => this.#handleTaken(),
      reset: () => this.owner?.handleLocalClose(false),
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

  reset(code: number): void {
    if (this.#isGone) return;
    this.#leave();
    this.#news = { resetBy: code };
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

  // ── Turns ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #planTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#soon(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#read();
    const { bytes, hasEnded = false, resetBy } = this.#news;
    this.#news = {};
    if (resetBy !== undefined) return this.#user.handleReset(resetBy);
    if (bytes !== undefined) this.#user.handleBytes(bytes);
    if (hasEnded) {
      this.#hasPeerEnded = true;
      this.#user.handleEnd();
      // Nothing follows that could wait for it.
      this.#handleTaken();
    }
    if (this.#isWriting && this.#said === undefined && this.#isReading && !this.#hasEnded) {
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
      this.#said = undefined;
      this.owner?.handleLocalData(said);
    }
    if (!this.#hasEnded || this.#isEndRead || this.#said !== undefined) return;
    this.#isEndRead = true;
    this.owner?.handleLocalEnd();
  }

  #leave(): void {
    this.#isGone = true;
    this.owner = undefined;
    this.#said = undefined;
  }
}
