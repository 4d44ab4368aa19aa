import type { QuicConnection } from "@florenetes/quic";
import type { Carriage } from "../messages.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { ChunkBuffer } from "../streams/relay-host.ts";
import { EarlyDatagrams } from "./early-datagrams.ts";
import type { DatagramDrops } from "./flow-account.ts";
import { type FlowDatagram, readFlowDatagram } from "./flow-datagram.ts";
import { ENGINE_SEND_MAX } from "./limits.ts";
import { PieceJoiner } from "./piece-joiner.ts";
import { SendingQueue } from "./sending-queue.ts";

/** This vertex's end of a flow. */
export interface FlowEnd {
  readonly drops: DatagramDrops;
  /** A datagram has come out of the mesh; the end may keep its bytes. */
  handleDatagram(bytes: Uint8Array): void;
}

export interface FlowsOwner {
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  readonly carriage: Carriage;
  /** Says that a flow has something to send. */
  touch(): void;
}

/** The end of the connection that the flows are at. */
export interface FlowsEnd {
  readonly isAcceptor: boolean;
  /** Counts datagrams without a flow. */
  readonly datagramDrops: DatagramDrops;
}

/** The most bytes of a DATAGRAM frame before its payload. */
const FRAME_HEAD_MAX = 3;

/** The datagrams of one connection's flows. Each flow has the id of its stream. */
export class ConnectionFlows {
  readonly #owner: FlowsOwner;
  readonly #quic: QuicConnection;
  readonly #drops: DatagramDrops;
  readonly #flows = new Map<number, FlowEnd>();
  readonly #queue: SendingQueue;
  readonly #joiner: PieceJoiner;
  /** Undefined at an originator, whose flows begin here. */
  readonly #early: EarlyDatagrams | undefined;
  #late = 0;

  constructor(owner: FlowsOwner, quic: QuicConnection, { datagramDrops, isAcceptor }: FlowsEnd) {
    this.#owner = owner;
    this.#quic = quic;
    this.#drops = datagramDrops;
    this.#queue = new SendingQueue(owner.budget);
    this.#joiner = new PieceJoiner(owner.budget);
    this.#early = isAcceptor ? new EarlyDatagrams(owner.budget, datagramDrops) : undefined;
  }

  /** Whether the peer takes datagrams: known once the handshake is complete. */
  get areTaken(): boolean {
    return this.#quic.datagramSizeMax() > 0;
  }

  /** Adds the flow of a stream, which gets the datagrams that came before it. */
  add(stream: number, end: FlowEnd, now: number): void {
    const flow = stream / 4;
    this.#flows.set(flow, end);
    for (const datagram of this.#early?.take(flow, now) ?? []) this.#deliver(end, datagram, now);
  }

  remove(stream: number): void {
    const flow = stream / 4;
    if (!this.#flows.delete(flow)) return;
    this.#queue.remove(flow);
    this.#joiner.remove(flow);
  }

  /** Sends a datagram of a flow, and keeps its bytes. False: there is no such flow (any more). */
  send(stream: number, bytes: Uint8Array, now: number): boolean {
    const flow = stream / 4;
    const end = this.#flows.get(flow);
    if (end === undefined) return false;
    this.#queue.add(flow, bytes, end.drops, now);
    this.#owner.touch();
    return true;
  }

  /** Gives QUIC as many datagrams as one packet has room for, once QUIC has none left. */
  fill(now: number): void {
    if (this.#queue.held === 0 || this.#quic.datagramSendQueueLength() > 0) return;
    const sizeMax = this.#quic.datagramSizeMax();
    const out = this.#owner.chunk.bytes;
    let left = sizeMax;
    for (let given = 0; given < ENGINE_SEND_MAX && left > 0; given++) {
      const size = this.#queue.next(out, { max: sizeMax, left, isUncut: this.#owner.carriage.isUncut }, now);
      if (size === 0) return;
      this.#quic.sendDatagram(out.subarray(0, size));
      left -= FRAME_HEAD_MAX + size;
    }
  }

  /** Takes all received datagrams, and counts those that QUIC has dropped: QUIC knows no flows. */
  receive(now: number): void {
    const { lateDatagrams } = this.#quic;
    this.#drops.late += lateDatagrams - this.#late;
    this.#late = lateDatagrams;
    const { chunk } = this.#owner;
    for (
      let size = this.#quic.receiveDatagram(chunk.bytes);
      size >= 0;
      size = this.#quic.receiveDatagram(chunk.bytes)
    ) {
      // A copy: receivers of the bytes keep them.
      const datagram = readFlowDatagram(chunk.bytes.slice(0, size));
      if (datagram === undefined || (this.#owner.carriage.isUncut && datagram.piece !== undefined)) {
        this.#drops.malformed++;
        continue;
      }
      const end = this.#flows.get(datagram.flow);
      if (end !== undefined) this.#deliver(end, datagram, now);
      else if (this.#early !== undefined) this.#early.add(datagram, now);
      else this.#drops.unknownFlow++;
    }
  }

  handleTimeout(now: number): void {
    this.#joiner.handleTimeout(now);
    this.#early?.handleTimeout(now);
  }

  nextTimeout(): number {
    return Math.min(this.#joiner.nextTimeout(), this.#early?.nextTimeout() ?? Number.POSITIVE_INFINITY);
  }

  /** The connection is over: nothing more is sent, and unfinished datagrams are dropped. */
  clear(): void {
    this.#flows.clear();
    this.#queue.clear();
    this.#joiner.clear();
    this.#early?.clear();
  }

  #deliver(end: FlowEnd, { flow, piece, bytes }: FlowDatagram, now: number): void {
    const datagram = piece === undefined ? bytes : this.#joiner.add(flow, piece, bytes, end.drops, now);
    if (datagram !== undefined) end.handleDatagram(datagram);
  }
}
