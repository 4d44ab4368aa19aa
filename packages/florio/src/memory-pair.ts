import { newFlorioCounters } from "./counters.ts";
import { packetCount } from "./frame.ts";
import { deliverFrame } from "./inbound.ts";
import { Outbox, type OutboxLoad, SendFate } from "./outbox.ts";
import type { FlorioCounters, FlorioHandlers, FlorioPort } from "./port.ts";

export interface MemoryFlorioPort extends FlorioPort {
  /** Runs one turn of the event loop of the port's process. False when nothing was under way. */
  runTurn(): boolean;
  /**
   * Kills the process of this port silently: the other side finds out when it sends. The next `connect` is that of
   * another process in its place.
   */
  kill(): void;
  /** Checks whether the other side is connected, as a real port does every 100 ms. */
  look(): void;
  /** The load of the outbox, which waits for the socket. */
  readonly waiting: OutboxLoad;
  /** Frames in the socket that this side has not read. */
  readonly unread: number;
}

export interface MemoryFlorioPair {
  readonly a: MemoryFlorioPort;
  readonly b: MemoryFlorioPort;
  /** Connects both ports, and tells both owners. */
  connect(): void;
  /** Disconnects both ports: frames in flight are lost, and both owners are told. */
  disconnect(): void;
  /** Runs one turn of the event loop for each side. False when nothing was under way. */
  runTurn(): boolean;
  /** Runs turns until no work is left, at most 1,000 of them. */
  settle(): void;
}

const SOCKET_FRAMES_DEFAULT = 64;
const TURNS_MAX = 1_000;

export interface MemoryFlorioOptions {
  /** How many frames a side's socket holds before it is full. */
  readonly socketFrames?: number;
  /** Called when the port has something to do in a turn of its process: for tests that plan turns in virtual time. */
  readonly onActivity?: (port: MemoryFlorioPort) => void;
}

/**
 * Two ports joined in memory, for tests. They behave as those of `openFlorioPort`, but the caller makes the turns of
 * the event loop; they start unconnected.
 */
export function memoryFlorioPair(
  handlersOfA: FlorioHandlers,
  handlersOfB: FlorioHandlers,
  options: MemoryFlorioOptions = {},
): MemoryFlorioPair {
  const a = new MemoryPort(handlersOfA, options);
  const b = new MemoryPort(handlersOfB, options);
  a.partner = b;
  b.partner = a;
  const runTurn = (): boolean => {
    const hasAActed = a.runTurn();
    const hasBActed = b.runTurn();
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

class MemoryPort implements MemoryFlorioPort {
  readonly counters: FlorioCounters = newFlorioCounters();
  partner: MemoryPort | undefined;
  readonly #handlers: FlorioHandlers;
  readonly #capacity: number;
  readonly #onActivity: (port: MemoryFlorioPort) => void;
  readonly #outbox = new Outbox(this.counters);
  /** Frames of the partner that were not read yet. */
  readonly #received: Uint8Array[] = [];
  readonly #send = (frame: Uint8Array): SendFate => this.#sendNow(frame);
  #isConnected = false;
  /** Whether the partner was found gone, and the owner was not told yet. */
  #hasLostPartner = false;
  #isClosed = false;

  constructor(handlers: FlorioHandlers, { socketFrames, onActivity }: MemoryFlorioOptions) {
    this.#handlers = handlers;
    this.#capacity = socketFrames ?? SOCKET_FRAMES_DEFAULT;
    this.#onActivity = onActivity ?? (() => {});
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

  get waiting(): OutboxLoad {
    return this.#outbox.waiting;
  }

  get unread(): number {
    return this.#received.length;
  }

  sendControl(message: Uint8Array): boolean {
    return this.#isConnected && this.#outbox.sendControl(message, this.#send);
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number, source = 0): boolean {
    if (!this.#isConnected) {
      this.counters.packetsRefusedNotConnected++;
      return false;
    }
    this.#onActivity(this);
    return this.#outbox.sendPacket(handle, source, packet, start, end, this.#send);
  }

  sendFrame(handle: number, frame: Uint8Array, source = 0): boolean {
    if (!this.#isConnected) {
      this.counters.packetsRefusedNotConnected += packetCount(frame);
      return false;
    }
    this.#onActivity(this);
    return this.#outbox.sendFrame(handle, source, frame, this.#send);
  }

  flush(): void {
    if (this.#isConnected) this.#outbox.drain(this.#send);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#outbox.drain(this.#send);
    this.#isClosed = true;
    this.kill();
  }

  kill(): void {
    this.#isConnected = false;
    this.#hasLostPartner = false;
    this.#outbox.clear();
    this.#received.length = 0;
    // Wakes a partner that waits for room, as the kernel does: its next send finds out.
    this.partner!.#unblock();
  }

  look(): void {
    if (this.#isConnected && !this.partner!.#isConnected) this.#handlers.onDoubt?.();
  }

  /** Returns whether it was parted before. */
  join(): boolean {
    if (this.#isClosed || this.#isConnected) return false;
    if (this.#hasLostPartner) this.#announceLoss();
    this.#isConnected = true;
    return true;
  }

  part(): void {
    if (!this.#isConnected) return;
    this.#losePartner();
    this.#announceLoss();
  }

  runTurn(): boolean {
    if (this.#received.length === 0 && this.#outbox.isEmpty && !this.#hasLostPartner) return false;
    if (this.#hasLostPartner) this.#announceLoss();
    const received = this.#received.splice(0);
    if (received.length > 0) this.partner!.#unblock();
    let delivered = 0;
    // A handler may find the partner gone: earlier frames of that partner are not delivered any more.
    while (delivered < received.length && !this.#hasLostPartner && !this.#isClosed) {
      deliverFrame(received[delivered++]!, this.#handlers, this.counters);
    }
    this.counters.framesDroppedDisconnected += received.length - delivered;
    if (this.#isConnected) this.#outbox.drain(this.#send);
    if (this.#hasLostPartner) this.#announceLoss();
    if (this.#isConnected && this.#outbox.takeWritable()) this.#handlers.onWritable();
    return true;
  }

  #sendNow(frame: Uint8Array): SendFate {
    if (!this.#isConnected) return SendFate.gone;
    const partner = this.partner!;
    if (!partner.#isConnected) {
      this.#losePartner();
      this.#onActivity(this);
      return SendFate.gone;
    }
    if (partner.#received.length >= this.#capacity) return SendFate.full;
    // A copy: the outbox uses its buffers again.
    partner.#received.push(new Uint8Array(frame));
    this.#onActivity(partner);
    return SendFate.sent;
  }

  #unblock(): void {
    this.#outbox.unblock();
    if (this.#outbox.needsTurn) this.#onActivity(this);
  }

  #losePartner(): void {
    this.#isConnected = false;
    this.#hasLostPartner = true;
    this.counters.disconnects++;
    // Frames that are not handled yet belong to the partner's life that has ended.
    this.counters.framesDroppedDisconnected += this.#received.length;
    this.#received.length = 0;
  }

  #announceLoss(): void {
    this.#hasLostPartner = false;
    this.#outbox.clear();
    this.#handlers.onDisconnected();
  }
}
