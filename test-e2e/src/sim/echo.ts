import assert from "node:assert";
import type { MemorySocket, Workload } from "./memory-socket.ts";

/** Bytes in one piece of a workload. */
const pieceSize = 4_000;

/** A service that gives each byte back changed by a key of its own: so an answer tells which service gave it. */
export function echoService(key: number): (socket: MemorySocket) => Workload {
  return (socket) => ({
    handleData: (bytes) => socket.send(bytes.map((byte) => byte ^ key)),
    handleEnd: () => socket.finish(),
    handleReset: () => {},
  });
}

/** A client that sends bytes and an end, and looks at each byte of the answer. */
export class EchoClient implements Workload {
  state: "open" | "done" | "reset" = "open";
  readonly #bytes: Uint8Array;
  readonly #key: number;
  #received = 0;

  constructor(bytes: Uint8Array, key: number) {
    this.#bytes = bytes;
    this.#key = key;
  }

  start(socket: MemorySocket): void {
    for (let at = 0; at < this.#bytes.length; at += pieceSize) socket.send(this.#bytes.slice(at, at + pieceSize));
    socket.finish();
  }

  handleData(bytes: Uint8Array): void {
    const expected = this.#bytes
      .subarray(this.#received, this.#received + bytes.length)
      .map((byte) => byte ^ this.#key);
    const isEqual = Buffer.compare(bytes, expected) === 0;
    assert(isEqual, `service ${this.#key} answered with other bytes than it should from ${this.#received} on`);
    this.#received += bytes.length;
  }

  handleEnd(): void {
    assert.strictEqual(this.#received, this.#bytes.length, `service ${this.#key} has cut its answer short`);
    this.state = "done";
  }

  handleReset(): void {
    if (this.state === "open") this.state = "reset";
  }
}
