import { Duplex } from "node:stream";

/** The number of bytes that the system keeps for a reader, and hands over at once. */
const bufferSize = 256 * 1_024;
const pieceSize = 64 * 1_024;

/**
 * A TCP connection's end in memory: as `net.Socket` for who holds it, and in virtual time. What one end does reaches the other one
 * in the next turn of the event loop. An end reads ahead, as Node does, until `highWaterMark` bytes wait to be asked for; then it
 * notices nothing any more before it writes.
 */
export class MemorySocket extends Duplex {
  readonly #soon: (action: () => void) => void;
  #peer: MemorySocket = this;
  /** Bytes that are being written. */
  #unsent = Buffer.alloc(0);
  #handleSent: ((error?: Error) => void) | undefined;
  /** Bytes that have come for this end and wait in the system, in pieces. */
  readonly #arrived: Uint8Array[] = [];
  /** The number of bytes that have come or are on the way. */
  #waiting = 0;
  #isReading = false;
  #end: "open" | "ended" | "reset" = "open";
  #isResetting = false;

  private constructor(soon: (action: () => void) => void) {
    super({ allowHalfOpen: true, highWaterMark: pieceSize });
    this.#soon = soon;
  }

  /**
   * The two ends. Neither reads before it is asked to.
   *
   * @param soon Calls in the next turn of the event loop.
   */
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

  override _read(): void {
    this.#isReading = true;
    this.#handOver();
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#end === "reset") return done(resetError());
    this.#unsent = Buffer.from(bytes);
    this.#handleSent = done;
    this.#send();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#tell("ended");
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#isResetting || this.#waiting > 0) this.#tell("reset");
    else if (!this.writableFinished) this.#tell("ended");
    done(error);
  }

  #tell(end: "ended" | "reset"): void {
    const peer = this.#peer;
    this.#soon(() => {
      if (peer.#end === "open" || end === "reset") peer.#end = end;
      // An end that is writing finds out about the reset.
      if (end === "reset" && peer.#handleSent !== undefined) peer.destroy(resetError());
      else peer.#handOver();
    });
  }

  #send(): void {
    const peer = this.#peer;
    if (this.#handleSent === undefined) return;
    while (this.#unsent.length > 0 && peer.#waiting < bufferSize) {
      const piece = this.#unsent.subarray(0, pieceSize);
      this.#unsent = this.#unsent.subarray(piece.length);
      peer.#waiting += piece.length;
      this.#soon(() => peer.#take(piece));
    }
    if (this.#unsent.length > 0) return;
    const done = this.#handleSent;
    this.#handleSent = undefined;
    done();
  }

  #take(piece: Uint8Array): void {
    this.#arrived.push(piece);
    if (this.destroyed) this.#tell("reset");
    else this.#handOver();
  }

  /** Gives the stream what has arrived, as long as it reads. */
  #handOver(): void {
    if (this.destroyed) return;
    while (this.#isReading && this.#arrived.length > 0) {
      const piece = this.#arrived.shift()!;
      this.#waiting -= piece.length;
      this.#isReading = this.push(piece);
      this.#soon(() => this.#peer.#send());
    }
    if (!this.#isReading || this.#end === "open") return;
    this.#isReading = false;
    if (this.#end === "reset") this.destroy(resetError());
    else this.push(null);
  }
}

function resetError(): Error {
  return Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });
}
