import { Fifo } from "../fifo.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { DatagramDrops } from "./flow-account.ts";
import type { FlowDatagram } from "./flow-datagram.ts";
import { EARLY_BYTES_MAX, EARLY_MAX, EARLY_MS_MAX } from "./limits.ts";

interface Early {
  readonly datagram: FlowDatagram;
  readonly until: number;
}

/** Keeps the datagrams of one connection whose flows are not there yet: datagrams may overtake their streams. */
export class EarlyDatagrams {
  readonly #budget: MemoryBudget;
  readonly #drops: DatagramDrops;
  #kept = new Fifo<Early>();
  #held = 0;

  /** @param drops Counts datagrams whose flow does not come. */
  constructor(budget: MemoryBudget, drops: DatagramDrops) {
    this.#budget = budget;
    this.#drops = drops;
  }

  /** Takes a datagram, and keeps its bytes. */
  add(datagram: FlowDatagram, now: number): void {
    this.handleTimeout(now);
    const { length } = datagram.bytes;
    if (this.#kept.size >= EARLY_MAX || this.#held + length > EARLY_BYTES_MAX || this.#budget.isSpent) {
      this.#drops.unknownFlow++;
      return;
    }
    this.#kept.push({ datagram, until: now + EARLY_MS_MAX });
    this.#change(length);
  }

  /** Takes out the datagrams of a flow that is there now. */
  take(flow: number, now: number): FlowDatagram[] {
    this.handleTimeout(now);
    if (this.#kept.size === 0) return [];
    const taken: FlowDatagram[] = [];
    const others = new Fifo<Early>();
    for (let early = this.#kept.shift(); early !== undefined; early = this.#kept.shift()) {
      if (early.datagram.flow !== flow) {
        others.push(early);
        continue;
      }
      taken.push(early.datagram);
      this.#change(-early.datagram.bytes.length);
    }
    this.#kept = others;
    return taken;
  }

  handleTimeout(now: number): void {
    while (this.nextTimeout() <= now) this.#dropFirst();
  }

  nextTimeout(): number {
    return this.#kept.first?.until ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    while (this.#kept.size > 0) this.#dropFirst();
  }

  #dropFirst(): void {
    this.#change(-this.#kept.shift()!.datagram.bytes.length);
    this.#drops.unknownFlow++;
  }

  #change(bytes: number): void {
    this.#held += bytes;
    this.#budget.change(bytes);
  }
}
