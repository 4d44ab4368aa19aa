import { OFFER_SIZE_MAX } from "../limits.ts";
import type { AccessSink } from "./access-sink.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { StreamAccount } from "./stream-account.ts";

export interface OfferOptions {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  readonly budget: MemoryBudget;
  /** When the workload came, by the monotonic clock. */
  readonly startedMs: number;
  /** See `Offer`. */
  readonly deadline: number;
  /** Hears of one that gets no stream, or none any more. */
  readonly access?: AccessSink | undefined;
  /** Opens a stream for it once more, or has it wait for a connection. */
  readonly onAgain: (offer: Offer) => void;
}

/**
 * A workload of a tunnel whose stream nobody has accepted yet, with all that it has said so far.
 *
 * A service whose process was restarted answers the stream's first packet by a stateless reset. Then the stream may be opened again on
 * another connection, if it is certain that the former process never saw it, which else may have handed it to the target. It did not
 * if the answer came before any process could have been started between the two; and whatever the peer has said since would be a
 * process's that lived. While it waits the offer has the socket, which is not read.
 */
export class Offer implements LocalSocketOwner {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  /** Until then it waits for a connection, and for a sign of its far end. */
  deadline: number;
  readonly #startedMs: number;
  readonly #access: AccessSink | undefined;
  readonly #onAgain: (offer: Offer) => void;
  readonly #budget: MemoryBudget;
  #said: Uint8Array[] = [];
  #size = 0;
  #hasEnded = false;
  /** Nothing of what it has said was let go of. */
  #isWhole = true;
  #isGone = false;
  #openedAt: number | undefined;
  #newestPacket = -1;

  constructor({ socket, account, budget, startedMs, deadline, access, onAgain }: OfferOptions) {
    this.socket = socket;
    this.account = account;
    this.deadline = deadline;
    this.#startedMs = startedMs;
    this.#access = access;
    this.#budget = budget;
    this.#onAgain = onAgain;
    socket.owner = this;
  }

  /** All that the workload has said. */
  get said(): readonly Uint8Array[] {
    return this.#said;
  }

  /** Whether the workload has said its last. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether a stream can be opened for it: the workload is there, and so is all that it has said. */
  get isOpenable(): boolean {
    return this.#isWhole && !this.#isGone;
  }

  /** @param newestPacket The highest number of a packet that the peer was heard by so far. */
  handleOpened(newestPacket: number, now: number): void {
    if (this.#openedAt === undefined) this.account.handleOpened();
    this.#openedAt = now;
    this.#newestPacket = newestPacket;
  }

  /**
   * The peer knows nothing of the connection that its stream was opened on. True: the stream will be opened on another one.
   *
   * @param newestPacket See `handleOpened`.
   * @param patienceMs So long after a packet the peer's answer to it may come, where no process was started between the two.
   */
  offerAgain(newestPacket: number, patienceMs: number, now: number): boolean {
    const isUnseen = newestPacket === this.#newestPacket && now - this.#openedAt! <= patienceMs;
    if (!isUnseen || !this.isOpenable) return false;
    this.socket.pause();
    this.socket.owner = this;
    this.#onAgain(this);
    return true;
  }

  refuse(code: number, text: string): void {
    this.socket.reset(code, text);
    this.release();
    if (this.#openedAt === undefined) this.account.handleRefused(code, text);
    else this.account.handleDone(code, true);
    const route = this.account.route();
    if (route === undefined) return;
    const { fields: names } = this.account;
    const isFlow = this.socket.datagramBytes !== undefined;
    const over = { stream: 0, names, isFlow, isRefused: true, startedMs: this.#startedMs, sent: 0, received: 0, code };
    this.#access?.(route, over);
  }

  /** The stream was accepted, or is over: what was said is not needed any more. */
  release(): void {
    this.#isWhole = false;
    this.#said = [];
    this.#budget.change(-this.#size);
    this.#size = 0;
  }

  handleLocalData(bytes: Uint8Array): void {
    if (this.#size + bytes.length > OFFER_SIZE_MAX) this.release();
    if (!this.#isWhole) return;
    this.#said.push(bytes);
    this.#size += bytes.length;
    this.#budget.change(bytes.length);
  }

  handleLocalEnd(): void {
    this.#hasEnded = true;
  }

  handleLocalDrain(): void {}

  handleLocalClose(): void {
    this.#isGone = true;
  }
}
