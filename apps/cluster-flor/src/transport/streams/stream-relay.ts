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
 * Each half ends by itself (half-close), with one byte that is no workload's; a reset of either half ends both, as it does in TCP.
 *
 *     sending      open ──the workload ends──▶ ending ──QUIC takes the end mark──▶ ended ─┐
 *     receiving    answer ──it accepts──▶ open ──the end mark comes──▶ ended ─────────────┴──both ended──▶ over
 *                     └────────────┴── a reset, a broken rule, the connection is gone ──▶ over, both halves
 *
 * Where the ends tell each other what their workloads have taken, both halves are over when that was told of their ends, too, to
 * whoever wants to know it.
 */
export class StreamRelay implements LocalSocketOwner {
  readonly id: number;
  readonly startedAt: number;
  /** The host's: whether the relay is in one of its queues. */
  isQueued = false;
  /** The host's: whether it waits to tell the peer something. */
  isTelling = false;
  readonly #host: RelayHost<StreamRelay>;
  readonly #socket: LocalSocket;
  readonly #account: StreamAccount;
  /** Undefined once the peer has accepted it, and at an acceptor. */
  #offer: Offer | undefined;
  /** Reads the answer to OPEN; only an originator has one. */
  readonly #answer: AnswerReader | undefined;
  #sending: Sending = "open";
  #receiving: Receiving;
  #pending: Uint8Array = nothing;
  /** A socket may outlive its relay: what was written last is still in it. */
  #isSocketGone = false;
  #received = 0;
  /** Bytes of the workload's that QUIC has taken; below 0 while it has not taken the head. */
  #sent = 0;
  /** Undefined where the ends do not tell each other. */
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

  /** Sends the head, and what the workload has said before; then starts to read the workload. */
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

  /** Whether the stream may have something for the workload still. */
  get #isReceiving(): boolean {
    return this.#receiving === "answer" || this.#receiving === "open";
  }

  /** Whether the workload may have something for the stream still. */
  get #isSending(): boolean {
    return this.#sending === "open" || this.#sending === "ending";
  }

  /** Whether nothing more will come of the stream, either way. */
  get #areHalvesOver(): boolean {
    return !this.#isSending && !this.#isReceiving;
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

  handleLocalTaken(): void {
    if (!this.#isOver) this.#lookAtTaken();
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
    // Nothing else is left of the stream that could say so.
    if (this.#areHalvesOver) this.#host.repeatStop(this, code);
    this.#cut(code, this.#isSending, this.#isReceiving);
  }

  /** The peer tells what its workload has taken. It may do so before its answer, which goes another way. */
  handleTaken(taken: Taken): void {
    if (this.#taken === undefined || this.#isOver) return;
    if (!this.#taken.handleHeard(taken, { bytes: this.#sent, hasEnded: !this.#isSending })) {
      this.abort(Code.malformed);
      return this.#host.handleReset(this);
    }
    this.#socket.handleTaken?.(taken.offset, taken.isEnd);
    this.#finishIfDone();
  }

  /** How much the peer is to be told that the workload has taken; undefined: nothing new. */
  takeNews(): Taken | undefined {
    const taken = this.#takenHere();
    if (this.#isOver || this.#taken?.isDue(taken, this.#received) !== true) return undefined;
    this.#taken.handleTold(taken);
    this.#finishIfDone();
    return taken;
  }

  /** The peer knows nothing of the connection: what nobody has accepted is offered again; see `Offer.offerAgain`. */
  offerAgain(patienceMs: number, now: number): void {
    if (this.#offer?.offerAgain(this.#host.quic.newestPacket, patienceMs, now) !== true) return;
    this.#isSocketGone = true;
    this.#leave();
  }

  /** The far end, which does not answer, may hear of it later: it has no code for its own silence. */
  refuseIfOverdue(now: number): void {
    if (this.#isOver || this.#offer === undefined || now < this.#offer.deadline) return;
    this.#cut(Code.workloadReset, this.#isSending, this.#isReceiving, Code.noAnswer);
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
   * @param endCode What is said of it here.
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

  /** True: it was read, and it accepts. */
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
      // The socket will keep it in any case: it shall not keep a whole chunk for a few bytes.
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

  /** The workload may have taken something that the peer is to be told of. */
  #lookAtTaken(): void {
    if (this.#taken?.isDue(this.#takenHere(), this.#received) === true) this.#host.waitToTell(this);
  }

  /** The last byte that came is the end mark. */
  #endReceiving(received: number): void {
    // The peer has ended the stream where it must not.
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

  /** Whether both halves have ended in peace, and who wants to know what was taken has heard of it. */
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
    // A peer may reset a stream by any code, that of a good end included.
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
