import type { QuicConnection } from "@florenetes/quic";
import { Code, type ConnectionEnd, isLostByPeer } from "../codes.ts";
import type { AccessConnection, AccessSink, StreamOver } from "./access-sink.ts";
import type { TransportLimits } from "../limits.ts";
import { Fifo } from "../fifo.ts";
import { TAKEN_PER_TURN } from "../limits.ts";
import { encodeTaken } from "../messages.ts";
import { CONTROL_STREAM, type ControlStream } from "./control-stream.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { OpeningConnection, OpeningStreams } from "./opening-streams.ts";
import { Pacer } from "./pacer.ts";
import { Readers } from "./readers.ts";
import type { ChunkBuffer } from "./relay-host.ts";
import type { StreamRelay } from "./stream-relay.ts";
import { Writers } from "./writers.ts";

export interface StreamsOwner extends AccessConnection {
  readonly state: string;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  /** Marks the connection: there is something to do. */
  touch(): void;
  /** See `RelayHost`. */
  repeatStop(relay: StreamRelay, code: number): void;
  handleReset(relay: StreamRelay): void;
}

/**
 * The streams of one connection that this thread relays: those that are being opened, the relays, and their turns to
 * read and write.
 */
export class ConnectionStreams implements OpeningConnection {
  readonly quic: QuicConnection;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  readonly pacer: Pacer = new Pacer();
  readonly relays: Map<number, StreamRelay> = new Map();
  /** Streams of an accepted connection that have no relay yet; undefined at an originator. */
  readonly opening: OpeningStreams | undefined;
  /** The number of streams so far. */
  opened = 0;
  readonly #owner: StreamsOwner;
  readonly #access: AccessSink | undefined;
  readonly #readers: Readers;
  readonly #writers: Writers;
  /** Streams whose workloads have taken bytes that the peer is to be told of. */
  readonly #telling = new Fifo<StreamRelay>();

  /** @param accept Makes the handler of the peer's new streams; undefined: the peer may open none. */
  constructor(
    owner: StreamsOwner,
    quic: QuicConnection,
    accept: (streams: OpeningConnection) => OpeningStreams | undefined,
    access?: AccessSink,
  ) {
    this.#access = access;
    const { limits, budget, chunk } = owner;
    this.quic = quic;
    this.limits = limits;
    this.budget = budget;
    this.chunk = chunk;
    this.#owner = owner;
    this.#readers = new Readers(quic, limits);
    this.#writers = new Writers(quic, CONTROL_STREAM, limits.stuckPerTurn, this.pacer);
    this.opening = accept(this);
  }

  get state(): string {
    return this.#owner.state;
  }

  get peer(): string | undefined {
    return this.#owner.peer;
  }

  /** Whether any workload is kept waiting, so that `checkWorkloads` is worth a call now and then. */
  get isAnyStuck(): boolean {
    return this.#writers.isAnyStuck;
  }

  /** A packet came in. */
  handlePacket(): void {
    this.#readers.handleUnread();
    this.#writers.handlePacket();
  }

  handleTimeout(now: number): void {
    this.opening?.handleTimeout(now);
  }

  /** Checks some of the workloads that are kept waiting: whether they are still there. */
  checkWorkloads(): void {
    this.#writers.checkWorkloads();
  }

  /** Finds the streams that can be read. True: the control stream is one of them, and has to be read before `read` is called. */
  look(now: number): boolean {
    return this.#readers.take(now).includes(CONTROL_STREAM);
  }

  /** Reads the streams that `look` has found. */
  read(now: number): void {
    this.#readers.serve(this, now);
  }

  /**
   * Whether all streams that the peer is known to have opened were looked at. The first datagrams of a flow may come in
   * one packet with its stream, which has to begin first.
   */
  get areAllBegun(): boolean {
    return this.#readers.areAllBegun;
  }

  /** Gives waiting bytes to QUIC, and tells the peer what workloads have taken. True: more is left than a turn's share. */
  write(control: ControlStream, now: number): boolean {
    const isMoreToTell = this.#tell(control);
    return this.#writers.serve(now) || isMoreToTell;
  }

  /** Sends news as long as the control stream has credit. The rest waits here, and newer news of a stream replace older ones. */
  #tell(control: ControlStream): boolean {
    for (let left = TAKEN_PER_TURN; left > 0 && !control.hasUnsent; left--) {
      const relay = this.#telling.shift();
      if (relay === undefined) return false;
      relay.isTelling = false;
      const taken = relay.takeNews();
      if (taken !== undefined) control.send(encodeTaken({ stream: relay.id, ...taken }));
    }
    return this.#telling.size > 0 && !control.hasUnsent;
  }

  /** The peer does not know the connection: offers streams that were not accepted again. */
  offerAgain(shortestRttMs: number, now: number): void {
    const patienceMs = this.limits.restartMs + shortestRttMs;
    for (const relay of this.relays.values()) relay.offerAgain(patienceMs, now);
  }

  /** The peer cannot be reached: refuses workloads whose streams it has not accepted, and that have waited long enough. */
  refuseOverdue(now: number): void {
    for (const relay of this.relays.values()) relay.refuseIfOverdue(now);
  }

  /** The connection is over: all workloads get a reset. */
  drop(end: ConnectionEnd): void {
    const code = end.code === Code.done ? Code.connectionLost : end.code;
    const isByPeer = isLostByPeer(end);
    for (const relay of this.relays.values()) {
      if (isByPeer) this.handleReset(relay);
      relay.drop(code, end.text);
    }
    this.opening?.clear(code, end.text, isByPeer);
  }

  nextTimeout(): number {
    return Math.min(
      this.#writers.nextTimeout(),
      this.#readers.nextTimeout(),
      this.opening?.nextTimeout() ?? Number.POSITIVE_INFINITY,
    );
  }

  /** Adds the relay of a stream that was opened. */
  addRelay(relay: StreamRelay): void {
    this.relays.set(relay.id, relay);
    this.opened++;
  }

  // RelayHost:

  touch(): void {
    this.#owner.touch();
  }

  waitToWrite(relay: StreamRelay): void {
    this.#writers.add(relay);
  }

  waitToTell(relay: StreamRelay): void {
    if (relay.isTelling) return;
    relay.isTelling = true;
    this.#telling.push(relay);
    this.#owner.touch();
  }

  readAgain(): void {
    this.#readers.handleUnread();
    this.#owner.touch();
  }

  repeatStop(relay: StreamRelay, code: number): void {
    this.#owner.repeatStop(relay, code);
  }

  handleReset(relay: StreamRelay): void {
    this.#owner.handleReset(relay);
  }

  handleOver(over: StreamOver): void {
    this.#access?.(this.#owner, over);
  }

  removeRelay(relay: StreamRelay): void {
    this.relays.delete(relay.id);
  }
}
