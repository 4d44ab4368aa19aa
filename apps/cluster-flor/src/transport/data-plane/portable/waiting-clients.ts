/** A workload's connection. */
interface WaitingClient {
  /** Until when it waits. */
  readonly deadline: number;
}

/** Workloads that came before there was a connection to carry them, in the order in which their times end. */
export class WaitingClients<Client extends WaitingClient> {
  readonly #max: number;
  #clients: Client[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#clients.length;
  }

  /** When the first has waited long enough; Infinity when nobody waits. */
  get nextDeadline(): number {
    return this.#clients[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** False: there is no room for one more. */
  add(client: Client): boolean {
    if (this.#clients.length >= this.#max) return false;
    const before = this.#clients.findLastIndex(({ deadline }) => deadline <= client.deadline);
    this.#clients.splice(before + 1, 0, client);
    return true;
  }

  /** Adds some that have waited elsewhere. Returns those that there is no room for. */
  merge(clients: readonly Client[]): Client[] {
    return clients.filter((client) => !this.add(client));
  }

  /** Takes those that are meant. */
  takeThose(areMeant: (client: Client) => boolean): Client[] {
    const all = this.#clients;
    this.#clients = all.filter((client) => !areMeant(client));
    return all.filter(areMeant);
  }

  takeOverdue(now: number): Client[] {
    const first = this.#clients.findIndex(({ deadline }) => deadline > now);
    return this.#clients.splice(0, first === -1 ? this.#clients.length : first);
  }

  takeAll(): Client[] {
    return this.takeOverdue(Number.MAX_VALUE);
  }
}
