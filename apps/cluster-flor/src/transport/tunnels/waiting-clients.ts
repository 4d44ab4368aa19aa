import { Fifo } from "../fifo.ts";
import type { LocalSocket } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/** A workload's connection, and until when it waits. */
export interface WaitingClient {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  readonly deadline: number;
}

/** Workloads that came before there was a connection to carry them. All wait equally long, so that the first is due first. */
export class WaitingClients {
  readonly #max: number;
  readonly #clients = new Fifo<WaitingClient>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** When the first has waited long enough; Infinity when nobody waits. */
  get nextDeadline(): number {
    return this.#clients.first?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** False: there is no room for one more. */
  add(client: WaitingClient): boolean {
    if (this.#clients.size >= this.#max) return false;
    this.#clients.push(client);
    return true;
  }

  takeOverdue(now: number): WaitingClient[] {
    const overdue: WaitingClient[] = [];
    while (this.nextDeadline <= now) overdue.push(this.#clients.shift()!);
    return overdue;
  }

  takeAll(): WaitingClient[] {
    return this.takeOverdue(Number.MAX_VALUE);
  }
}
