import { Fifo } from "../fifo.ts";

/** A workload's connection. */
interface WaitingClient {
  /** Until when it waits. */
  readonly deadline: number;
}

/** Workloads that came before there was a connection to carry them. All wait equally long, so that the first is due first. */
export class WaitingClients<Client extends WaitingClient> {
  readonly #max: number;
  readonly #clients = new Fifo<Client>();

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
  add(client: Client): boolean {
    if (this.#clients.size >= this.#max) return false;
    this.#clients.push(client);
    return true;
  }

  /** Adds one that came before all others. False: there is no room for one more. */
  addFirst(client: Client): boolean {
    if (this.#clients.size >= this.#max) return false;
    this.#clients.unshift(client);
    return true;
  }

  /** Adds some that have waited elsewhere, each in its turn. Returns those that there is no room for. */
  merge(clients: readonly Client[]): Client[] {
    const room = this.#max - this.#clients.size;
    const all = [...this.takeAll(), ...clients.slice(0, room)];
    for (const client of all.toSorted((one, other) => one.deadline - other.deadline)) this.#clients.push(client);
    return clients.slice(room);
  }

  /** Takes those that are meant. */
  takeThose(areMeant: (client: Client) => boolean): Client[] {
    const all = this.takeAll();
    for (const client of all) if (!areMeant(client)) this.#clients.push(client);
    return all.filter(areMeant);
  }

  takeOverdue(now: number): Client[] {
    const overdue: Client[] = [];
    while (this.nextDeadline <= now) overdue.push(this.#clients.shift()!);
    return overdue;
  }

  takeAll(): Client[] {
    return this.takeOverdue(Number.MAX_VALUE);
  }
}
