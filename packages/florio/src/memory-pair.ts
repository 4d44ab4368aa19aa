import { newFlorioCounters } from "./counters.ts";
import { packetCount } from "./frame.ts";
import { deliverFrame } from "./inbound.ts";
import { Outbox, SendFate } from "./outbox.ts";
import type { FlorioCounters, FlorioHandlers, FlorioPort } from "./port.ts";

export interface MemoryFlorioPair {
  readonly a: FlorioPort;
  readonly b: FlorioPort;
  /** Joins the two, and tells both. */
  connect(): void;
  /** Each finds the other gone: what is under way is lost, and both are told. */
  disconnect(): void;
  /** One turn of the event loop for each side. False when nothing was under way. */
  runTurn(): boolean;
  /** Turns until all is quiet, at most 1,000 of them. */
  settle(): void;
}

const SOCKET_FRAMES_DEFAULT = 64;
const TURNS_MAX = 1_000;

/**
 * Two ports joined in memory, for tests. They behave as `openFlorioPort`'s do, with the turns of the event loop made by
 * hand; they start unconnected.
 *
 * @param options.socketFrames How many frames a side's socket holds before it is full.
 */
export function memoryFlorioPair(
  handlersOfA: FlorioHandlers,
  handlersOfB: FlorioHandlers,
  options: { readonly socketFrames?: number } = {},
): MemoryFlorioPair {
  const capacity = options.socketFrames ?? SOCKET_FRAMES_DEFAULT;
  const a = new MemoryPort(handlersOfA, capacity);
  const b = new MemoryPort(handlersOfB, capacity);
  a.partner = b;
  b.partner = a;
  const runTurn = (): boolean => {
    const hasAActed = a.turn();
    const hasBActed = b.turn();
    return hasAActed || hasBActed;
  };
  return {
    a,
    b,
    connect: () => {
      const isNewA = a.join();
      const isNewB = b.join();
      if (isNewA) handlersOfA.onConnected();
      if (isNewB) handlersOfB.onConnected();
    },
    disconnect: () => {
      a.part();
      b.part();
    },
    runTurn,
    settle: () => {
      for (let turn = 0; turn < TURNS_MAX && runTurn(); turn++);
    },
  };
}

class MemoryPort implements FlorioPort {
  readonly counters: FlorioCounters = newFlorioCounters();
  partner: MemoryPort | undefined;
  readonly #handlers: FlorioHandlers;
  readonly #capacity: number;
  readonly #outbox = new Outbox(this.counters);
  /** Frames that the partner has sent and we have not read. */
  readonly #received: Uint8Array[] = [];
  readonly #send = (frame: Uint8Array): SendFate => this.#sendNow(frame);
  #isConnected = false;
  #isClosed = false;

  constructor(handlers: FlorioHandlers, capacity: number) {
    this.#handlers = handlers;
    this.#capacity = capacity;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get waitingFor(): string {
    return this.#isConnected ? "" : "the two are not joined";
  }

  get isWritable(): boolean {
    return this.#isConnected && this.#outbox.isWritable;
  }

  sendControl(message: Uint8Array): boolean {
    return this.#isConnected && this.#outbox.sendControl(message, this.#send);
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number): boolean {
    if (this.#isConnected) return this.#outbox.sendPacket(handle, packet, start, end, this.#send);
    this.counters.packetsDroppedNotConnected++;
    return false;
  }

  sendFrame(handle: number, frame: Uint8Array): boolean {
    if (this.#isConnected) return this.#outbox.sendFrame(handle, frame, this.#send);
    this.counters.packetsDroppedNotConnected += packetCount(frame);
    return false;
  }

  flush(): void {
    if (this.#isConnected) this.#outbox.drain(this.#send);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#outbox.drain(this.#send);
    this.#isClosed = true;
    this.#isConnected = false;
    this.#outbox.clear();
    this.#received.length = 0;
    this.partner?.part();
  }

  /** Returns whether it was parted before. */
  join(): boolean {
    if (this.#isClosed || this.#isConnected) return false;
    this.#isConnected = true;
    return true;
  }

  part(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.counters.disconnects++;
    this.#outbox.clear();
    this.#received.length = 0;
    this.#handlers.onDisconnected();
  }

  /** False when there was nothing to do. */
  turn(): boolean {
    if (this.#received.length === 0 && this.#outbox.isEmpty) return false;
    const received = this.#received.splice(0);
    if (received.length > 0) this.partner!.#outbox.unblock();
    for (const frame of received) deliverFrame(frame, this.#handlers, this.counters);
    if (this.#isConnected) this.#outbox.drain(this.#send);
    if (this.#isConnected && this.#outbox.takeWritable()) this.#handlers.onWritable();
    return true;
  }

  #sendNow(frame: Uint8Array): SendFate {
    const partner = this.partner!;
    if (partner.#isClosed || !partner.#isConnected) return SendFate.gone;
    if (partner.#received.length >= this.#capacity) return SendFate.full;
    // A copy: the outbox uses its buffers again.
    partner.#received.push(new Uint8Array(frame));
    return SendFate.sent;
  }
}
