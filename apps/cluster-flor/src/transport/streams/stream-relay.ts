import assert from "node:assert";
import type { QuicConnection } from "@florenetes/quic";
import { StreamResult } from "@florenetes/quic";
import type { MemoryBudget } from "./memory-budget.ts";
import { Code } from "../codes.ts";
import { CHUNK_SIZE } from "../limits.ts";
import type { TransportLimits } from "../limits.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import { MessageReader, ReadState, decodeAnswer } from "../messages.ts";
import type { Offer } from "./offer.ts";
import type { Pacer } from "./pacer.ts";
import type { StreamAccount } from "./stream-account.ts";

/** The buffer for all reads. A socket that cannot send at once keeps it; then there is a new one. */
export class ChunkBuffer {
  bytes: Uint8Array = new Uint8Array(CHUNK_SIZE);

  renew(): void {
    this.bytes = new Uint8Array(CHUNK_SIZE);
  }
}

/** The connection that the stream is on, as a relay needs it. */
export interface RelayHost {
  readonly quic: QuicConnection;
  readonly limits: Pick<TransportLimits, "streamWindow" | "streamWindowMax" | "bytesPerStreamTurn" | "memoryPerStream">;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  readonly pacer: Pacer;
  /** Something was given to QUIC, or taken from it: see whether it has packets to send. */
  touch(): void;
  /** Calls `push` when QUIC and the pacer take bytes again: the relay has some. */
  waitToWrite(relay: StreamRelay): void;
  /** Calls `pull` again: more than one turn's share waits to be read. */
  readAgain(): void;
  /** Tells the peer once more that nothing is read from now on: STOP_SENDING alone may be lost. */
  repeatStop(relay: StreamRelay, code: number): void;
  /** The peer has reset the stream. */
  handleReset(relay: StreamRelay): void;
  /** Forgets the relay: nothing is left to do on the stream. */
  removeRelay(relay: StreamRelay): void;
}

export interface RelayOptions {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  /** The workload's, as long as the peer has not accepted it; undefined at an acceptor, which answers it. */
  readonly offer?: Offer;
  readonly now: number;
}

/** How `push` ended. */
export const PushResult = {
  /** All that waited is sent. */
  empty: 0,
  /** The quantum is used up. */
  more: 1,
  /** QUIC takes no more. */
  blocked: 2,
  /** The stream is over. */
  over: 3,
} as const;
export type PushResult = (typeof PushResult)[keyof typeof PushResult];

const nothing = new Uint8Array(0);
/** Ends a half together with the FIN: a FIN without bytes is forgotten by quiche 0.18 when all bytes before it are
 *  acknowledged ahead of it and the other half has ended. */
const endMark = Uint8Array.of(0);

/** The half from the socket to the stream. */
type Sending = "open" | "ending" | "ended" | "over";
/** The half from the stream to the socket. */
type Receiving = "answer" | "open" | "ended" | "over";

/**
 * Carries bytes, ends and resets between one QUIC stream and one local socket, both ways.
 *
 *     socket ──data──▶ [pending] ──▶ stream       no more is read from the socket while something is pending
 *     socket ◀──────── [socket's own queue] ◀── stream     no more is read from the stream while that is full
 *
 * Each half ends by itself (half-close), with one byte that is no workload's; a reset of either half ends both, as it does in TCP.
 *
 *     sending      open ──the workload ends──▶ ending ──QUIC takes the end mark──▶ ended ─┐
 *     receiving    answer ──it accepts──▶ open ──the end mark comes──▶ ended ─────────────┴──both ended──▶ over
 *                     └────────────┴── a reset, a broken rule, the connection is gone ──▶ over, both halves
 */
export class StreamRelay implements LocalSocketOwner {
  readonly id: number;
  readonly startedAt: number;
  /** The host's: whether the relay is in one of its queues. */
  isQueued = false;
  readonly #host: RelayHost;
  readonly #socket: LocalSocket;
  readonly #account: StreamAccount;
  /** Undefined once the peer has accepted it, and at an acceptor. */
  #offer: Offer | undefined;
  /** Reads the answer to OPEN; only an originator has one. */
  readonly #answer: MessageReader | undefined;
  #sending: Sending = "open";
  #receiving: Receiving;
  #pending: Uint8Array = nothing;
  /** A socket may outlive its relay: what was written last is still in it. */
  #isSocketGone = false;
  #received = 0;
  /** Bytes that the budget is charged for this relay. */
  #charged = 0;

  constructor(host: RelayHost, id: number, options: RelayOptions) {
    this.#host = host;
    this.id = id;
    this.startedAt = options.now;
    this.#socket = options.socket;
    this.#account = options.account;
    this.#offer = options.offer;
    this.#answer = options.offer === undefined ? undefined : new MessageReader();
    this.#receiving = options.offer === undefined ? "open" : "answer";
    options.socket.owner = this;
    this.#charge();
  }

  /** Sends the head, and what the workload has said before; then starts to read the workload. */
  start(head: Uint8Array): void {
    const { said = [], hasEnded = false } = this.#offer ?? {};
    this.#send(said.length === 0 ? head : Buffer.concat([head, ...said]));
    if (hasEnded) this.handleLocalEnd();
    else if (!this.#isOver && this.#pending.length === 0) this.#socket.resume();
  }

  get #isOver(): boolean {
    return this.#sending === "over";
  }

  /** Whether the stream may have something for the workload still. */
  get #isReceiving(): boolean {
    return this.#receiving === "answer" || this.#receiving === "open";
  }

  /** Whether the workload may have something for the stream still. */
  get #isSending(): boolean {
    return this.#sending === "open" || this.#sending === "ending";
  }

  /** Whether the workload does not take what waits for it. */
  get isPaused(): boolean {
    return this.#socket.isFull;
  }

  handleLocalData(bytes: Uint8Array): void {
    if (!this.#isSending) return;
    this.#offer?.handleLocalData(bytes);
    this.#send(bytes);
  }

  handleLocalEnd(): void {
    if (!this.#isSending) return;
    this.#offer?.handleLocalEnd();
    this.#sending = "ending";
    if (this.#pending.length === 0) this.#sendEnd();
  }

  handleLocalDrain(): void {
    this.#charge();
    if (!this.#isOver) this.pull();
  }

  handleLocalClose(isClean: boolean, code: number = Code.workloadReset): void {
    this.#isSocketGone = true;
    if (!isClean) this.abort(code);
    this.#charge();
  }

  /** Reads what the stream has, as far as the workload takes it and a turn's share allows. */
  pull(): void {
    const { quic, chunk, limits } = this.#host;
    let left = limits.bytesPerStreamTurn;
    if (this.#receiving === "answer" && !this.#readAnswer(this.#answer!)) return;
    while (this.#isReceiving) {
      if (this.#socket.isFull) return this.#charge();
      if (left <= 0) return this.#host.readAgain();
      const received = quic.streamReceive(this.id, chunk.bytes);
      if (received < 0) return this.#handleReceiveFailed(received);
      this.#host.touch();
      left -= received;
      if (quic.streamEnded) return this.#endReceiving(received);
      if (received > 0) this.#deliver(received);
      if (received < chunk.bytes.length && !this.#socket.isFull) return;
    }
  }

  /** Finds out whether the peer has reset a stream that is not read now. */
  checkReceiving(): void {
    if (!this.#isReceiving) return;
    const result = this.#host.quic.streamReceive(this.id, nothing);
    if (result < 0) this.#handleReceiveFailed(result);
  }

  /** Finds out whether a workload whose bytes wait has gone. */
  checkWorkload(): void {
    if (!this.#isOver) this.#socket.checkWorkload();
  }

  /** Offers up to `quantum` of the waiting bytes to QUIC. */
  push(quantum: number): PushResult {
    if (this.#isOver) return PushResult.over;
    while (this.#pending.length > 0) {
      const size = Math.min(quantum, this.#pending.length);
      if (size === 0) return PushResult.more;
      const taken = this.#host.quic.streamSend(this.id, this.#pending.subarray(0, size), false);
      if (taken === StreamResult.blocked) return PushResult.blocked;
      if (taken < 0) return this.#handleSendFailed(taken);
      this.#host.touch();
      this.#host.pacer.handleSent(taken);
      this.#pending = taken === this.#pending.length ? nothing : this.#pending.subarray(taken);
      quantum -= taken;
      if (taken < size) return PushResult.blocked;
    }
    this.#charge();
    if (this.#sending === "ending") return this.#sendEnd();
    this.#socket.resume();
    return PushResult.empty;
  }

  /** Ends both halves: the peer gets `code`, the workload a reset. */
  abort(code: number): void {
    if (!this.#isOver) this.#cut(code, this.#isSending, this.#isReceiving);
  }

  /** The peer knows nothing of the connection: what nobody has accepted is offered again; see `Offer.offerAgain`. */
  offerAgain(patienceMs: number, now: number): void {
    if (this.#offer?.offerAgain(this.#host.quic.newestPacket, patienceMs, now) !== true) return;
    this.#isSocketGone = true;
    this.#leave();
  }

  /** The stream is no more, with or without its connection: the workload gets a reset. */
  drop(code: number, text: string): void {
    if (!this.#isOver) this.#finish(code, text);
  }

  /**
   * Ends both halves.
   *
   * @param tellSending Whether the peer has still to be told that nothing more comes from here.
   * @param tellReceiving Whether it has still to be told that nothing more is read here.
   */
  #cut(code: number, tellSending: boolean, tellReceiving: boolean): void {
    const { quic } = this.#host;
    if (tellReceiving) {
      quic.streamStop(this.id, code);
      // quiche repeats a lost RESET_STREAM, but no lost STOP_SENDING.
      if (!tellSending) this.#host.repeatStop(this, code);
    }
    if (tellSending) quic.streamReset(this.id, code);
    this.#host.touch();
    this.#finish(code);
  }

  #send(bytes: Uint8Array): void {
    assert(this.#pending.length === 0, "a socket is not read while bytes of it wait");
    const { quic, pacer } = this.#host;
    const taken = pacer.mayGive(bytes.length) ? quic.streamSend(this.id, bytes, false) : StreamResult.blocked;
    this.#host.touch();
    if (taken > 0) pacer.handleSent(taken);
    if (taken === bytes.length) return;
    if (taken < 0 && taken !== StreamResult.blocked) {
      this.#handleSendFailed(taken);
      return;
    }
    this.#pending = taken > 0 ? bytes.subarray(taken) : bytes;
    this.#socket.pause();
    this.#charge();
    this.#host.waitToWrite(this);
  }

  /** True: it was read, and it accepts. */
  #readAnswer(answer: MessageReader): boolean {
    const { quic } = this.#host;
    while (answer.state === ReadState.partial) {
      const received = quic.streamReceive(this.id, answer.room);
      if (received < 0) {
        this.#handleReceiveFailed(received);
        return false;
      }
      this.#host.touch();
      if (quic.streamEnded) return this.#failReceiving();
      answer.advance(received);
    }
    if (answer.state !== ReadState.whole || !decodeAnswer(answer.body)) {
      this.abort(Code.malformed);
      return false;
    }
    this.#receiving = "open";
    this.#offer?.release();
    this.#offer = undefined;
    this.#socket.handleAnswered();
    return true;
  }

  #sendEnd(): PushResult {
    const taken = this.#host.quic.streamSend(this.id, endMark, true);
    this.#host.touch();
    if (taken === StreamResult.blocked) {
      this.#host.waitToWrite(this);
      return PushResult.blocked;
    }
    if (taken < 0) return this.#handleSendFailed(taken);
    this.#sending = "ended";
    if (this.#receiving === "ended") this.#finish(Code.done);
    return PushResult.empty;
  }

  #deliver(length: number): void {
    const { chunk } = this.#host;
    this.#received += length;
    if (this.#socket.held > 0) {
      // The socket will keep it in any case: it shall not keep a whole chunk for a few bytes.
      this.#socket.write(chunk.bytes.slice(0, length));
    } else if (!this.#socket.write(chunk.bytes.subarray(0, length))) {
      chunk.renew();
    }
  }

  /** The last byte that came is the end mark. */
  #endReceiving(received: number): void {
    if (received === 0) {
      this.#failReceiving();
      return;
    }
    if (received > 1) this.#deliver(received - 1);
    this.#receiving = "ended";
    this.#socket.end();
    if (this.#sending === "ended") this.#finish(Code.done);
  }

  /** The peer has ended the stream where it must not. */
  #failReceiving(): false {
    this.#cut(Code.malformed, this.#isSending, false);
    return false;
  }

  #handleReceiveFailed(result: number): void {
    if (result === StreamResult.blocked) return;
    const code = result === StreamResult.reset ? this.#host.quic.streamErrorCode : Code.connectionLost;
    // A peer that has finished sending before it reset the stream shows only that it wants no more (`stopped`).
    this.#cut(code, this.#isSending, false);
    if (result === StreamResult.reset) this.#host.handleReset(this);
  }

  #handleSendFailed(result: number): PushResult {
    const code = result === StreamResult.stopped ? this.#host.quic.streamErrorCode : Code.connectionLost;
    this.#cut(code, false, this.#isReceiving);
    if (result === StreamResult.stopped) this.#host.handleReset(this);
    return PushResult.over;
  }

  #finish(code: number, text = ""): void {
    const isRefused = this.#receiving === "answer";
    const hasEnded = this.#sending === "ended" && this.#receiving === "ended";
    // A peer may reset a stream by any code, that of a good end included.
    if (!hasEnded) {
      this.#socket.reset(code, text);
      this.#isSocketGone = true;
    }
    this.#offer?.release();
    this.#leave();
    this.#account.handleDone(code, isRefused);
  }

  #leave(): void {
    this.#sending = "over";
    this.#receiving = "over";
    this.#pending = nothing;
    this.#charge();
    this.#host.removeRelay(this);
  }

  /** Brings the budget up to date. What QUIC holds for a paused reader is not known; the stream's window bounds it. */
  #charge(): void {
    const { limits, budget } = this.#host;
    let charge = this.#isOver ? 0 : limits.memoryPerStream + this.#pending.length;
    if (!this.#isSocketGone) {
      charge += this.#socket.held;
      if (this.#socket.isFull && this.#isReceiving) {
        charge += Math.min(limits.streamWindowMax, Math.max(limits.streamWindow, 2 * this.#received));
      }
    }
    budget.change(charge - this.#charged);
    this.#charged = charge;
  }
}
