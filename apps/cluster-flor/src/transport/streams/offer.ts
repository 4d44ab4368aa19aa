import { OFFER_SIZE_MAX } from "../limits.ts";
import type { AccessSink } from "./access-sink.ts";
import type { LocalSocket, LocalSocketOwner } from "./local-network.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { StreamAccount } from "./stream-account.ts";

export interface OfferOptions {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  readonly budget: MemoryBudget;
  /** When the workload connected, by the monotonic clock. */
  readonly startedMs: number;
  /** See `Offer`. */
  readonly deadline: number;
  /** Gets the record of a workload whose stream was refused or never opened. */
  readonly access?: AccessSink | undefined;
  /** See `Offer`. */
  readonly onAgain: (offer: Offer) => void;
}

/**
 * A workload of a tunnel whose stream is not accepted yet, with all that it has sent so far.
 * A service whose process was restarted answers the stream's first packet by a stateless reset. The stream may then be opened
 * again on another connection, but only if the former process certainly never saw it: else that process may have passed it to the
 * target. It never did if the answer came sooner after the packet than any process could have been started, and if the peer was
 * not heard since the packet. While a workload waits, its offer owns the socket, which is not read.
 */
export class Offer implements LocalSocketOwner {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  /** How long the workload waits for a connection, and for an answer of its far end. */
  deadline: number;
  /** Opens another stream for the workload, or lets it wait for a connection. */
  onAgain: (offer: Offer) => void;
  readonly #startedMs: number;
  readonly #access: AccessSink | undefined;
  readonly #budget: MemoryBudget;
  #said: Uint8Array[] = [];
  #size = 0;
  #hasEnded = false;
  /** Whether all bytes of the workload are kept. */
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
    this.onAgain = onAgain;
    socket.owner = this;
  }

  /** All bytes that the workload has sent. */
  get said(): readonly Uint8Array[] {
    return this.#said;
  }

  /** Whether the workload has ended its half. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether a stream can be opened: the workload is there, and so are all its bytes. */
  get isOpenable(): boolean {
    return this.#isWhole && !this.#isGone;
  }

  /** @param newestPacket The highest number of the peer's packets so far. */
  handleOpened(newestPacket: number, now: number): void {
    if (this.#openedAt === undefined) this.account.handleOpened();
    this.#openedAt = now;
    this.#newestPacket = newestPacket;
  }

  /**
   * The peer does not know the stream's connection. True: another connection gets a new stream.
   *
   * @param newestPacket See `handleOpened`.
   * @param patienceMs The longest time from a packet to its answer in which no process can have been started.
   */
  offerAgain(newestPacket: number, patienceMs: number, now: number): boolean {
    const isUnseen = newestPacket === this.#newestPacket && now - this.#openedAt! <= patienceMs;
    if (!isUnseen || !this.isOpenable) return false;
    this.socket.pause();
    this.socket.owner = this;
    this.onAgain(this);
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

  /** The stream was accepted, or is over: the kept bytes are not needed any more. */
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
