import type { Duplex } from "node:stream";
import type { StreamAddress } from "@florenetes/config-file";
import { startReading, stopReading } from "@florenetes/native";
import type { LocalSocket, LocalSocketOwner } from "../streams/local-network.ts";

const nothing = new Uint8Array(0);

/** A stream that can be reset, such as a socket of Node's. */
export type ResettableStream = Duplex & { resetAndDestroy(): unknown };

/** A `LocalSocket` on a socket of Node's. */
export class NodeSocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly #socket: ResettableStream;
  readonly #isTcp: boolean;
  #isFull = false;
  #isGone = false;
  #isListening = false;
  /** Whether somebody else reads the socket. */
  #isStopped = false;
  #hasEnded = false;
  /** Made once, since each write needs it. */
  readonly #onTaken = (): void => this.owner?.handleLocalTaken?.();

  /** @param all The set of open sockets, which this one is in while it is open. */
  constructor(socket: ResettableStream, address: StreamAddress, all: Set<NodeSocket>) {
    all.add(this);
    this.#socket = socket;
    this.#isTcp = address.kind === "tcp";
    // Without a listener an error would end the process; `close` tells the outcome.
    socket.on("error", () => {});
    socket.on("close", () => {
      all.delete(this);
      this.#handleClose(socket.errored !== null);
    });
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get held(): number {
    return this.#socket.writableLength;
  }

  get untaken(): number {
    // Node does not tell, once a socket is destroyed, how many bytes were not sent.
    const isLost = this.#socket.destroyed && !this.#socket.writableFinished;
    return isLost ? Number.POSITIVE_INFINITY : this.#socket.writableLength;
  }

  get hasTakenEnd(): boolean {
    return this.#socket.writableFinished;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isGone) return true;
    if (!this.#socket.write(bytes, this.#onTaken)) this.#isFull = true;
    // Node tries to write at once: an empty queue means that the kernel has the bytes.
    return this.#socket.writableLength === 0;
  }

  end(): void {
    this.#socket.end(this.#onTaken);
  }

  reset(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.owner = undefined;
    const socket = this.#socket;
    // Unix sockets have no reset.
    if (!this.#isTcp) socket.destroy();
    // A socket cannot be reset for the moment in which its end goes to the system.
    else if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
      socket.once("finish", () => socket.resetAndDestroy());
    } else socket.resetAndDestroy();
  }

  handleAnswered(): void {
    // Nothing to do: a socket cannot tell its workload that.
  }

  pause(): void {
    this.#socket.pause();
  }

  checkWorkload(): void {
    // A write of no bytes fails on a socket that was reset. A socket with waiting bytes is being written anyway.
    if (!this.#isGone && this.#socket.writable && this.#socket.writableLength === 0) this.#socket.write(nothing);
  }

  stopReading(): number | undefined {
    if (this.#isTcp || this.#isGone) return undefined;
    const descriptor = stopReading(this.#socket);
    this.#isStopped = descriptor !== undefined;
    return descriptor;
  }

  resume(): void {
    if (this.#isGone) return;
    if (!this.#isListening) this.#listen();
    if (this.#isStopped) startReading(this.#socket);
    else this.#socket.resume();
    this.#isStopped = false;
  }

  #listen(): void {
    this.#isListening = true;
    this.#socket.on("data", (bytes: Buffer) => this.owner?.handleLocalData(bytes));
    this.#socket.on("end", () => {
      this.#hasEnded = true;
      this.owner?.handleLocalEnd();
    });
    this.#socket.on("drain", () => {
      this.#isFull = false;
      this.owner?.handleLocalDrain();
    });
  }

  #handleClose(hadError: boolean): void {
    this.#isGone = true;
    this.#isFull = false;
    this.owner?.handleLocalClose(!hadError && this.#hasEnded && this.#socket.writableFinished);
    this.owner = undefined;
  }
}
