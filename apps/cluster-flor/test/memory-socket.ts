import { Duplex } from "node:stream";

/** Bytes that the system keeps for a reader, and that it hands over at once. */
const bufferSize = 256 * 1_024;
const pieceSize = 64 * 1_024;

/**
 * One end of a TCP connection in memory: as `net.Socket` for who holds it, and in virtual time. What one end does reaches the other one
 * in the next turn of the event loop. As with the system's sockets, who does not read does not notice a reset before it writes.
 */
export class MemorySocket extends Duplex {
  readonly #soon: (action: () => void) => void;
  #peer: MemorySocket = this;
  /** What is being written. */
  #unsent = Buffer.alloc(0);
  #handleSent: ((error?: Error) => void) | undefined;
  /** Bytes on the way to this end. */
  #onTheWay = 0;
  /** The other end has reset the connection, and this one has not noticed. */
  #isReset = false;
  #isResetting = false;

  private constructor(soon: (action: () => void) => void) {
    super({ allowHalfOpen: true, highWaterMark: pieceSize });
    this.#soon = soon;
  }

  /** @param soon Calls in the next turn of the event loop. */
  static pair(soon: (action: () => void) => void): [MemorySocket, MemorySocket] {
    const [left, right] = [new MemorySocket(soon), new MemorySocket(soon)];
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }

  resetAndDestroy(): this {
    this.#isResetting = true;
    return this.destroy();
  }

  override resume(): this {
    super.resume();
    this.#noticeReset();
    return this;
  }

  override _read(): void {
    this.#noticeReset();
    this.#soon(() => this.#peer.#send());
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isReset) return done(resetError());
    this.#unsent = Buffer.from(bytes);
    this.#handleSent = done;
    this.#send();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#soon(() => this.#peer.#takeEnd());
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isCutShort = this.#isResetting || this.readableLength + this.#onTheWay > 0 || this.#peer.#unsent.length > 0;
    const isEndTold = this.writableFinished;
    this.#soon(() => {
      if (isCutShort) this.#peer.#takeReset();
      else if (!isEndTold) this.#peer.#takeEnd();
    });
    done(error);
  }

  #send(): void {
    const peer = this.#peer;
    if (this.#handleSent === undefined) return;
    while (this.#unsent.length > 0 && peer.#onTheWay + peer.readableLength < bufferSize) {
      const piece = this.#unsent.subarray(0, pieceSize);
      this.#unsent = this.#unsent.subarray(piece.length);
      peer.#onTheWay += piece.length;
      this.#soon(() => peer.#take(piece));
    }
    if (this.#unsent.length > 0) return;
    const done = this.#handleSent;
    this.#handleSent = undefined;
    done();
  }

  #take(piece: Uint8Array): void {
    this.#onTheWay -= piece.length;
    if (this.destroyed) this.#soon(() => this.#peer.#takeReset());
    else this.push(piece);
  }

  #takeEnd(): void {
    if (!this.destroyed) this.push(null);
  }

  #takeReset(): void {
    if (this.destroyed) return;
    this.#isReset = true;
    if (this.#handleSent !== undefined || this.readableFlowing === true) this.#noticeReset();
  }

  #noticeReset(): void {
    if (this.#isReset) this.destroy(resetError());
  }
}

function resetError(): Error {
  return Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });
}
