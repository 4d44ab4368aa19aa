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

/** The connection that the streams are on. */
export interface StreamsOwner extends AccessConnection {
  readonly state: string;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  /** Something is to be done. */
  touch(): void;
  /** See `RelayHost`. */
  repeatStop(relay: StreamRelay, code: number): void;
  handleReset(relay: StreamRelay): void;
}

/** The streams of one connection that this thread relays: those that are being opened, the relays, and who reads and writes when. */
export class ConnectionStreams implements OpeningConnection {
  readonly quic: QuicConnection;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  readonly pacer: Pacer = new Pacer();
  readonly relays: Map<number, StreamRelay> = new Map();
  /** Streams of an accepted connection that are not relayed yet; undefined at an originator. */
  readonly opening: OpeningStreams | undefined;
  /** How many there have been. */
  opened = 0;
  readonly #owner: StreamsOwner;
  readonly #access: AccessSink | undefined;
  readonly #readers: Readers;
  readonly #writers: Writers;
  /** Streams whose workloads have taken something that the peer is to be told of. */
  readonly #telling = new Fifo<StreamRelay>();

  /** @param accept Makes what opens the peer's streams; undefined: it may open none. */
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

  /** Whether workloads are kept waiting, so that `checkWorkloads` is worth a call now and then. */
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

  /** Finds out of some workloads that are kept waiting whether they are still there. */
  checkWorkloads(): void {
    this.#writers.checkWorkloads();
  }

  /** Finds out what can be read. True: the control stream is among it, and is to be read before `read`. */
  look(now: number): boolean {
    return this.#readers.take(now).includes(CONTROL_STREAM);
  }

  /** Reads what `look` has found. */
  read(now: number): void {
    this.#readers.serve(this, now);
  }

  /** Whether all streams that the peer is known to have opened were looked at. The first datagrams of a flow may come with its stream,
   *  which has to be there first. */
  get areAllBegun(): boolean {
    return this.#readers.areAllBegun;
  }

  /** Offers to QUIC what waits, and tells the peer what workloads have taken. True: there is more than a turn's share. */
  write(control: ControlStream, now: number): boolean {
    const isMoreToTell = this.#tell(control);
    return this.#writers.serve(now) || isMoreToTell;
  }

  /** Tells as long as the control stream has credit. Else it waits here, where the newest takes the place of what came before it. */
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

  /** The peer knows nothing of the connection. */
  offerAgain(shortestRttMs: number, now: number): void {
    const patienceMs = this.limits.restartMs + shortestRttMs;
    for (const relay of this.relays.values()) relay.offerAgain(patienceMs, now);
  }

  /** The peer is not reached: turns away workloads whose streams it has not accepted, and that have waited for long enough. */
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
