/** A workload's connection. */
interface WaitingClient {
  /** Until when the client waits. */
  readonly deadline: number;
}

/** Workloads that wait for a connection, in the order in which their times end. */
export class WaitingClients<Client extends WaitingClient> {
  readonly #max: number;
  #clients: Client[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#clients.length;
  }

  /** When the first client has waited long enough; Infinity when none waits. */
  get nextDeadline(): number {
    return this.#clients[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** False: no more may wait. */
  add(client: Client): boolean {
    if (this.#clients.length >= this.#max) return false;
    const before = this.#clients.findLastIndex(({ deadline }) => deadline <= client.deadline);
    this.#clients.splice(before + 1, 0, client);
    return true;
  }

  /** Adds clients that have waited elsewhere. Returns those for which there is no room. */
  merge(clients: readonly Client[]): Client[] {
    return clients.filter((client) => !this.add(client));
  }

  /** Takes out the client whose time ends first; undefined: none waits. */
  takeFirst(): Client | undefined {
    return this.#clients.shift();
  }

  /** Takes out the clients that the function selects. */
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
