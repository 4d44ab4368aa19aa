import assert from "node:assert";
import { StreamResult } from "@florenetes/quic";
import { AnswerReader } from "./answer-reader.ts";
import { Code } from "../codes.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { Answer } from "../messages.ts";
import type { Offer } from "./offer.ts";
import { END_MARK, PushResult, type Receiving, type RelayHost, type RelayOptions, type Sending } from "./relay-host.ts";
import type { StreamAccount } from "./stream-account.ts";
import { type Taken, TakenBytes } from "./taken-bytes.ts";

const nothing = new Uint8Array(0);

/**
 * Carries bytes, ends and resets between one QUIC stream and one local socket, both ways.
 *
 *     socket ──data──▶ [pending] ──▶ stream       no more is read from the socket while something is pending
 *     socket ◀──────── [socket's own queue] ◀── stream     no more is read from the stream while that is full
 *
 * Each half ends on its own (half-close), with the end mark, a byte that belongs to no workload; a reset of either half ends
 * both, as in TCP.
 *
 *     sending      open ──the workload ends──▶ ending ──QUIC takes the end mark──▶ ended ─┐
 *     receiving    answer ──it accepts──▶ open ──the end mark comes──▶ ended ─────────────┴──both ended──▶ over
 *                     └────────────┴── a reset, a broken rule, the connection is gone ──▶ over, both halves
 *
 * When the ends tell each other what their workloads have taken, the relay is over only after that was also told of both ends
 * of the halves, to each side that wants to know.
 */
export class StreamRelay implements LocalSocketOwner {
  readonly id: number;
  readonly startedAt: number;
  /** The host's: whether the relay is in one of its queues. */
  isQueued = false;
  /** The host's: whether the relay waits to send news on the control stream. */
  isTelling = false;
  readonly #host: RelayHost<StreamRelay>;
  readonly #socket: LocalSocket;
  readonly #account: StreamAccount;
  /** Undefined once the peer has accepted the stream, and at an acceptor. */
  #offer: Offer | undefined;
  /** Reads the answer to OPEN; only an originator has one. */
  readonly #answer: AnswerReader | undefined;
  #sending: Sending = "open";
  #receiving: Receiving;
  #pending: Uint8Array = nothing;
  /** Whether the socket is gone. A socket may outlive its relay: it still holds the last written bytes. */
  #isSocketGone = false;
  #received = 0;
  /** Bytes of the workload that QUIC has taken; below 0 while the head is not taken. */
  #sent = 0;
  /** Undefined when the ends do not tell each other what is taken. */
  #taken: TakenBytes | undefined;
  /** Bytes that the budget is charged for this relay. */
  #charged = 0;

  constructor(host: RelayHost<StreamRelay>, id: number, options: RelayOptions) {
    this.#host = host;
    this.id = id;
    this.startedAt = options.now;
    this.#socket = options.socket;
    this.#account = options.account;
    this.#offer = options.offer;
    this.#answer = options.offer === undefined ? undefined : new AnswerReader();
    this.#receiving = options.offer === undefined ? "open" : "answer";
    this.#taken = options.asksTaken ? new TakenBytes() : undefined;
    options.socket.owner = this;
    this.#charge();
  }

  /** Sends the head, and the bytes that the workload has sent before; then starts to read the workload. */
  start(head: Uint8Array): void {
    const { said = [], hasEnded = false } = this.#offer ?? {};
    this.#sent = -head.length;
    this.#send(said.length === 0 ? head : Buffer.concat([head, ...said]));
    if (hasEnded) this.handleLocalEnd();
    else if (!this.#isOver && this.#pending.length === 0) this.#socket.resume();
  }

  get #isOver(): boolean {
    return this.#sending === "over";
  }

  /** Whether the stream may still have bytes for the workload. */
  get #isReceiving(): boolean {
    return this.#receiving === "answer" || this.#receiving === "open";
  }

  /** Whether the workload may still have bytes for the stream. */
  get #isSending(): boolean {
    return this.#sending === "open" || this.#sending === "ending";
  }

  /** Whether no more bytes will come, in either direction. */
  get #areHalvesOver(): boolean {
    return !this.#isSending && !this.#isReceiving;
  }

  /** Whether bytes wait because the workload does not read. */
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

  handleLocalTaken(): void {
    if (!this.#isOver) this.#lookAtTaken();
  }

  handleLocalClose(isClean: boolean, code: number = Code.workloadReset): void {
    this.#isSocketGone = true;
    if (!isClean) this.abort(code);
    this.#charge();
  }

  /** Reads the stream, as far as the workload accepts bytes and a turn's share allows. */
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

  /** Checks whether the peer has reset a stream that is not read now. */
  checkReceiving(): void {
    if (!this.#isReceiving) return;
    const result = this.#host.quic.streamReceive(this.id, nothing);
    if (result < 0) this.#handleReceiveFailed(result);
  }

  /** Checks whether a workload whose bytes wait has gone. */
  checkWorkload(): void {
    if (!this.#isOver) this.#socket.checkWorkload();
  }

  /** Gives up to `quantum` of the waiting bytes to QUIC. */
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
      this.#sent += taken;
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
    if (this.#isOver) return;
    // With both halves over, nothing else of the stream can tell the peer.
    if (this.#areHalvesOver) this.#host.repeatStop(this, code);
    this.#cut(code, this.#isSending, this.#isReceiving);
  }

  /** The peer tells what its workload has taken. This may come before the peer's answer, which travels on another stream. */
  handleTaken(taken: Taken): void {
    if (this.#taken === undefined || this.#isOver) return;
    if (!this.#taken.handleHeard(taken, { bytes: this.#sent, hasEnded: !this.#isSending })) {
      this.abort(Code.malformed);
      return this.#host.handleReset(this);
    }
    this.#socket.handleTaken?.(taken.offset, taken.isEnd);
    this.#finishIfDone();
  }

  /** Returns the news for the peer of what the workload has taken; undefined: nothing new. */
  takeNews(): Taken | undefined {
    const taken = this.#takenHere();
    if (this.#isOver || this.#taken?.isDue(taken, this.#received) !== true) return undefined;
    this.#taken.handleTold(taken);
    this.#finishIfDone();
    return taken;
  }

  /** The peer does not know the connection: a stream that was not accepted is offered again; see `Offer.offerAgain`. */
  offerAgain(patienceMs: number, now: number): void {
    if (this.#offer?.offerAgain(this.#host.quic.newestPacket, patienceMs, now) !== true) return;
    this.#isSocketGone = true;
    this.#leave();
  }

  /** Refuses the workload if the far end has not answered in time. The far end gets `workloadReset`, as its silence has no code on the wire. */
  refuseIfOverdue(now: number): void {
    if (this.#isOver || this.#offer === undefined || now < this.#offer.deadline) return;
    this.#cut(Code.workloadReset, this.#isSending, this.#isReceiving, Code.noAnswer);
  }

  /** The stream is gone, with or without its connection: the workload gets a reset. */
  drop(code: number, text: string): void {
    if (!this.#isOver) this.#finish(code, text);
  }

  /**
   * Ends both halves.
   *
   * @param tellSending Whether the peer has to be told that nothing more is sent.
   * @param tellReceiving Whether the peer has to be told that nothing more is read.
   * @param endCode The code for the workload, the accounts and the log.
   */
  #cut(code: number, tellSending: boolean, tellReceiving: boolean, endCode = code): void {
    const { quic } = this.#host;
    if (tellReceiving) {
      quic.streamStop(this.id, code);
      // quiche repeats a lost RESET_STREAM, but no lost STOP_SENDING.
      if (!tellSending) this.#host.repeatStop(this, code);
    }
    if (tellSending) quic.streamReset(this.id, code);
    this.#host.touch();
    this.#finish(endCode);
  }

  #send(bytes: Uint8Array): void {
    assert(this.#pending.length === 0, "a socket is not read while bytes of it wait");
    const { quic, pacer } = this.#host;
    const taken = pacer.mayGive(bytes.length) ? quic.streamSend(this.id, bytes, false) : StreamResult.blocked;
    this.#host.touch();
    if (taken > 0) {
      pacer.handleSent(taken);
      this.#sent += taken;
    }
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

  /** True: the answer was read, and accepts the stream. */
  #readAnswer(reader: AnswerReader): boolean {
    const answer = reader.read(this.#host.quic, this.id);
    this.#host.touch();
    if (typeof answer === "number") this.#handleReceiveFailed(answer);
    else if (answer === "ended") this.#cut(Code.malformed, this.#isSending, false);
    else if (answer === "malformed") this.abort(Code.malformed);
    else this.#handleAnswer(answer);
    return this.#receiving === "open";
  }

  #handleAnswer({ tellsTaken }: Answer): void {
    this.#receiving = "open";
    this.#offer?.release();
    this.#offer = undefined;
    if (!tellsTaken) this.#taken = undefined;
    this.#socket.handleAnswered(this.#taken !== undefined);
  }

  #sendEnd(): PushResult {
    const taken = this.#host.quic.streamSend(this.id, END_MARK, true);
    this.#host.touch();
    if (taken === StreamResult.blocked) {
      this.#host.waitToWrite(this);
      return PushResult.blocked;
    }
    if (taken < 0) return this.#handleSendFailed(taken);
    this.#sending = "ended";
    this.#finishIfDone();
    return PushResult.empty;
  }

  #deliver(length: number): void {
    const { chunk } = this.#host;
    this.#received += length;
    if (this.#socket.held > 0) {
      // A copy of the few bytes: a socket that is not ready would keep the whole chunk.
      this.#socket.write(chunk.bytes.slice(0, length));
    } else if (!this.#socket.write(chunk.bytes.subarray(0, length))) {
      chunk.renew();
    }
    this.#lookAtTaken();
  }

  #takenHere(): Taken {
    const offset = Math.max(0, this.#received - this.#socket.untaken);
    return { offset, isEnd: this.#receiving === "ended" && this.#socket.hasTakenEnd };
  }

  /** Checks whether the workload has taken something that the peer is to be told of. */
  #lookAtTaken(): void {
    if (this.#taken?.isDue(this.#takenHere(), this.#received) === true) this.#host.waitToTell(this);
  }

  /** The last received byte is the end mark. */
  #endReceiving(received: number): void {
    // The peer has ended the stream without an end mark.
    if (received === 0) return this.#cut(Code.malformed, this.#isSending, false);
    if (received > 1) this.#deliver(received - 1);
    this.#receiving = "ended";
    this.#socket.end();
    this.#lookAtTaken();
    this.#finishIfDone();
  }

  #handleReceiveFailed(result: number): void {
    if (result === StreamResult.blocked) return;
    const code = result === StreamResult.reset ? this.#host.quic.streamErrorCode : Code.connectionLost;
    // When a peer resets a stream after it has finished sending, only its STOP_SENDING shows (`stopped`).
    this.#cut(code, this.#isSending, false);
    if (result === StreamResult.reset) this.#host.handleReset(this);
  }

  #handleSendFailed(result: number): PushResult {
    const code = result === StreamResult.stopped ? this.#host.quic.streamErrorCode : Code.connectionLost;
    this.#cut(code, false, this.#isReceiving);
    if (result === StreamResult.stopped) this.#host.handleReset(this);
    return PushResult.over;
  }

  /** Whether both halves have ended normally, and all who are to be told what was taken have been told. */
  get #isDone(): boolean {
    if (this.#sending !== "ended" || this.#receiving !== "ended") return false;
    const isHeard = this.#taken?.isEndHeard === true || this.#socket.handleTaken === undefined;
    return this.#taken === undefined || (this.#taken.isEndTold && isHeard);
  }

  #finishIfDone(): void {
    if (this.#isDone) this.#finish(Code.done);
  }

  #finish(code: number, text = ""): void {
    const isRefused = this.#receiving === "answer";
    const hasEnded = this.#isDone;
    // A peer may reset a stream by any code, even that of a normal end.
    if (!hasEnded) {
      this.#socket.reset(code, this.#account.explain(code, text));
      this.#isSocketGone = true;
    }
    this.#offer?.release();
    this.#leave();
    this.#account.handleDone(code, isRefused);
    const { id: stream, startedAt: startedMs } = this;
    const { datagramBytes } = this.#socket;
    const { sent, received } = datagramBytes ?? { sent: Math.max(this.#sent, 0), received: this.#received };
    const over = { stream, names: this.#account.fields, isFlow: datagramBytes !== undefined, startedMs, code };
    this.#host.handleOver({ ...over, isRefused, sent, received });
  }

  #leave(): void {
    this.#sending = "over";
    this.#receiving = "over";
    this.#pending = nothing;
    this.#charge();
    this.#host.removeRelay(this);
  }

  /** Updates the budget. The bytes that QUIC holds for a paused reader are not known; the stream's window bounds them. */
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
