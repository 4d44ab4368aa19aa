import { Deadlines, NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import { Fifo } from "../fifo.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { DatagramDrops } from "./flow-account.ts";
import { flowHeadSize, writeFlowHead } from "./flow-datagram.ts";
import { DATAGRAM_COST, QUEUED_BYTES_MAX, QUEUED_BYTES_OF_ALL_MAX, QUEUED_MAX, QUEUED_MS_MAX } from "./limits.ts";

/** The bytes that a flow earns in each of its turns: about one packet on the wire. */
const QUANTUM = 1_500;
/** The index of a piece has one byte. */
const PIECES_MAX = 256;

/** How large payloads may be. */
export interface PayloadSizes {
  /** The largest payload of an empty packet. */
  readonly max: number;
  /** Bytes that are left in the present packet. */
  readonly left: number;
  /** Whether a datagram that does not fit into an empty packet is dropped; else it is cut. */
  readonly isUncut: boolean;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly since: number;
}

/** How the first datagram of a flow is cut, some of whose pieces were sent. */
interface Cut {
  readonly number: number;
  readonly last: number;
  readonly pieceSize: number;
  index: number;
}

/**
 * The datagrams of one flow. Its deadline is the negative number of its bytes, so that the heap's first is the flow
 * that holds most.
 */
class FlowQueue implements Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly flow: number;
  readonly drops: DatagramDrops;
  readonly waiting = new Fifo<Waiting>();
  held = 0;
  deficit = 0;
  hasTurn = false;
  isQueued = false;
  cut: Cut | undefined;
  /** The number of the next datagram that is cut. */
  number = 0;

  constructor(flow: number, drops: DatagramDrops) {
    this.flow = flow;
    this.drops = drops;
  }
}

/**
 * Holds the datagrams that the flows of one connection have to send, as payloads of DATAGRAM frames. Each flow keeps
 * its order; flows take turns by bytes (deficit round robin), in whole datagrams or pieces. When too much waits, the
 * flow that holds most loses its oldest datagram.
 */
export class SendingQueue {
  readonly #budget: MemoryBudget;
  readonly #flows = new Map<number, FlowQueue>();
  readonly #turns = new Fifo<FlowQueue>();
  readonly #bySize = new Deadlines<FlowQueue>();
  #held = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Waiting bytes, with the overhead of each datagram. */
  get held(): number {
    return this.#held;
  }

  /** Takes a datagram, and keeps its bytes. */
  add(flow: number, bytes: Uint8Array, drops: DatagramDrops, now: number): void {
    if (this.#budget.isSpent) {
      drops.noRoom++;
      return;
    }
    const queue = this.#flows.get(flow) ?? this.#begin(flow, drops);
    queue.waiting.push({ bytes, since: now });
    this.#change(queue, costOf(bytes));
    while (queue.waiting.size > QUEUED_MAX || queue.held > QUEUED_BYTES_MAX) this.#dropFirst(queue, "queue");
    while (this.#held > QUEUED_BYTES_OF_ALL_MAX) this.#dropFirst(this.#largest, "queue");
    if (queue.isQueued) return;
    queue.isQueued = true;
    this.#turns.push(queue);
  }

  /** The flow is over: the rest of its datagrams is dropped. */
  remove(flow: number): void {
    const queue = this.#flows.get(flow);
    if (queue === undefined) return;
    this.#flows.delete(flow);
    while (queue.waiting.size > 0) this.#dropFirst(queue, "queue");
  }

  clear(): void {
    for (const flow of this.#flows.keys()) this.remove(flow);
  }

  /** Writes the next payload; returns its length, or 0 when no payload fits. */
  next(out: Uint8Array, sizes: PayloadSizes, now: number): number {
    for (let queue = this.#turns.first; queue !== undefined; queue = this.#turns.first) {
      const size = this.#sizeOfNext(queue, sizes, now);
      if (size === undefined) {
        this.#leaveTurns(queue);
        continue;
      }
      if (!queue.hasTurn) queue.deficit += QUANTUM;
      queue.hasTurn = size <= queue.deficit;
      if (!queue.hasTurn) {
        this.#turns.push(this.#turns.shift()!);
        continue;
      }
      if (size > sizes.left) return 0;
      queue.deficit -= size;
      this.#write(queue, out);
      return size;
    }
    return 0;
  }

  get #largest(): FlowQueue {
    const queue = this.#bySize.popDue(0)!;
    this.#bySize.set(queue, -queue.held);
    return queue;
  }

  #begin(flow: number, drops: DatagramDrops): FlowQueue {
    const queue = new FlowQueue(flow, drops);
    this.#flows.set(flow, queue);
    return queue;
  }

  /** The size of the flow's next payload; undefined when there is none. Datagrams that are too old or too large are dropped. */
  #sizeOfNext(queue: FlowQueue, sizes: PayloadSizes, now: number): number | undefined {
    const { max: sizeMax, isUncut } = sizes;
    for (let first = queue.waiting.first; first !== undefined; first = queue.waiting.first) {
      const { flow, cut } = queue;
      const { length } = first.bytes;
      const whole = flowHeadSize(flow, false) + length;
      const pieceHead = flowHeadSize(flow, true);
      if (cut !== undefined) {
        if (pieceHead + cut.pieceSize <= sizeMax) return pieceHead + sizeOfPiece(cut, length);
        this.#dropFirst(queue, "queue");
      } else if (now - first.since > QUEUED_MS_MAX) {
        this.#dropFirst(queue, "late");
      } else if (whole <= sizeMax) {
        return whole;
      } else if (isUncut) {
        this.#dropFirst(queue, "tooLarge");
      } else if (length > PIECES_MAX * (sizeMax - pieceHead)) {
        this.#dropFirst(queue, "queue");
      } else {
        const pieces = Math.ceil(length / (sizeMax - pieceHead));
        const pieceSize = Math.ceil(length / pieces);
        // Equal pieces may make one piece fewer.
        queue.cut = { number: queue.number, last: Math.ceil(length / pieceSize) - 1, pieceSize, index: 0 };
        queue.number = (queue.number + 1) & 0xffff;
        return pieceHead + pieceSize;
      }
    }
    return undefined;
  }

  #write(queue: FlowQueue, out: Uint8Array): void {
    const { flow, cut } = queue;
    const { bytes } = queue.waiting.first!;
    const head = writeFlowHead(out, flow, cut);
    if (cut === undefined) {
      out.set(bytes, head);
    } else {
      const from = cut.index * cut.pieceSize;
      out.set(bytes.subarray(from, from + cut.pieceSize), head);
      cut.index++;
      if (cut.index <= cut.last) return;
    }
    this.#shift(queue);
    if (queue.waiting.size === 0) this.#leaveTurns(queue);
  }

  /** Takes the first queue out of the turns. @param queue The first one. */
  #leaveTurns(queue: FlowQueue): void {
    this.#turns.shift();
    queue.isQueued = false;
    queue.hasTurn = false;
    queue.deficit = 0;
  }

  #dropFirst(queue: FlowQueue, cause: "queue" | "late" | "tooLarge"): void {
    this.#shift(queue);
    queue.drops[cause]++;
  }

  #shift(queue: FlowQueue): void {
    queue.cut = undefined;
    this.#change(queue, -costOf(queue.waiting.shift()!.bytes));
  }

  #change(queue: FlowQueue, cost: number): void {
    queue.held += cost;
    this.#held += cost;
    this.#budget.change(cost);
    this.#bySize.set(queue, queue.held === 0 ? Number.POSITIVE_INFINITY : -queue.held);
  }
}

function costOf(bytes: Uint8Array): number {
  return DATAGRAM_COST + bytes.length;
}

function sizeOfPiece({ index, pieceSize }: Cut, length: number): number {
  return Math.min(pieceSize, length - index * pieceSize);
}
