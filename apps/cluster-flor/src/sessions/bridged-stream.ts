import { Code } from "../transport/codes.ts";
import { CHUNK_SIZE, TAKEN_STEP } from "../transport/limits.ts";
import type { OwnStream, StreamOpener } from "../transport/own/own-stream.ts";
import { type EndEvent, type EndHost, type SessionEnd, resetFor, transportCode } from "./session-end.ts";

/** The buffer in which one stream's bytes for the transport are collected. */
const chunk = new Uint8Array(CHUNK_SIZE);

/**
 * Joins a stream of a data session and a stream of the transport: each side gets credit as fast as the other side takes its
 * bytes. At most one chunk waits here each way.
 *
 *     workload ══ session ══▶ read ──▶ write ══▶ far end            ACK when the far workload has taken it
 *     workload ◀═ session ═══ write ◀── handleBytes ◀══ far end     `take` when the session has all of it, `acknowledge` at the workload's ACK
 */
export class BridgedStream implements SessionEnd, StreamOpener {
  readonly #host: EndHost;
  readonly #id: number;
  readonly #stream: OwnStream;
  /** Whether the transport has not yet accepted the last bytes. */
  #isWriting = false;
  /** Whether the workload's half has ended, and all of it was read. */
  #hasWorkloadEnded = false;
  #hasEnded = false;
  /** Bytes of the workload that the transport has. */
  #handedOn = 0;
  /** Bytes of the far end, and how many of them the far end knows to be taken. */
  #received = 0;
  #told = 0;
  /** Bytes of the far end that the session has no room for yet. */
  #left: Uint8Array | undefined;
  #hasFarEnded = false;
  #isOver = false;

  constructor(host: EndHost, id: number, stream: OwnStream) {
    this.#host = host;
    this.#id = id;
    this.#stream = stream;
  }

  // ── From the session ────────────────────────────────────────────────────────────────────────────────────────────────

  handleEvent(event: EndEvent): void {
    if (this.#isOver) return;
    switch (event.kind) {
      case "readable":
        return this.#readOn();
      case "writable":
        return this.#writeOn();
      case "ended":
        this.#hasWorkloadEnded = true;
        return this.#readOn();
      case "acknowledged":
        return this.#handleAcknowledged(event.offset, event.isEnd);
      case "finished":
        this.#isOver = true;
        return;
      case "reset":
        return this.handleLost(transportCode(event.code, false));
      case "untaken":
        return this.handleLost(Code.targetDown);
      default:
        return;
    }
  }

  handleLost(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#left = undefined;
    this.#stream.reset(code);
  }

  handleRoom(): void {
    this.#writeOn();
  }

  // ── From the transport ──────────────────────────────────────────────────────────────────────────────────────────────

  handleAnswered(): void {
    this.#host.session.answer(this.#id);
    if (!this.#isWriting) this.#acknowledgeHandedOn();
    this.#host.plan();
  }

  handleBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#left = bytes;
    this.#received += bytes.length;
    this.#writeOn();
  }

  handleEnd(): void {
    this.#hasFarEnded = true;
    this.#writeOn();
  }

  handleWritable(): void {
    this.#isWriting = false;
    if (this.#isOver) return;
    this.#acknowledgeHandedOn();
    this.#readOn();
  }

  handleTaken(offset: number, isEnd: boolean): void {
    if (this.#isOver) return;
    this.#host.session.acknowledge(this.#id, offset, isEnd);
    this.#host.plan();
  }

  handleReset(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#left = undefined;
    resetFor(this.#host, this.#id, code === Code.done ? Code.workloadReset : code, text);
  }

  // ── Both ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Passes on the workload's bytes, one chunk at a time. */
  #readOn(): void {
    if (this.#isWriting || this.#hasEnded) return;
    const bytes = this.#readChunk();
    if (bytes !== undefined) {
      this.#isWriting = true;
      this.#handedOn += bytes.length;
      this.#stream.write(bytes);
    } else if (this.#hasWorkloadEnded) {
      this.#hasEnded = true;
      this.#stream.end();
      this.#acknowledgeHandedOn();
    }
    this.#host.plan();
  }

  #readChunk(): Uint8Array | undefined {
    const size = this.#host.session.readInto(this.#id, chunk);
    // A copy, as the transport keeps the bytes.
    return size === 0 ? undefined : Buffer.from(chunk.subarray(0, size));
  }

  /** If the far end does not tell what its workload has taken, bytes that were passed on count as taken. */
  #acknowledgeHandedOn(): void {
    if (this.#stream.tellsTaken !== false) return;
    this.#host.session.acknowledge(this.#id, this.#handedOn, this.#hasEnded);
    this.#host.plan();
  }

  /** The workload has taken so many bytes. The far end is told when these are all, or enough. */
  #handleAcknowledged(offset: number, isEnd: boolean): void {
    if (!isEnd && offset < this.#received && offset - this.#told < TAKEN_STEP) return;
    this.#told = offset;
    this.#stream.acknowledge(offset, isEnd);
  }

  /** Writes the far end's bytes, followed by its end. */
  #writeOn(): void {
    if (this.#isOver) return;
    const { session } = this.#host;
    if (this.#left !== undefined) {
      if (!this.#host.hasRoom) return this.#host.waitForRoom(this);
      const taken = session.write(this.#id, this.#left);
      this.#host.plan();
      if (taken < this.#left.length) {
        this.#left = this.#left.subarray(taken);
        return;
      }
      this.#left = undefined;
      this.#stream.take();
    }
    if (!this.#hasFarEnded) return;
    session.finish(this.#id);
    this.#host.plan();
  }
}
