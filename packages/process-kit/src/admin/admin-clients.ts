import { ADMIN_ANSWER_MS_MAX, ADMIN_CONNECTIONS_MAX, ADMIN_SILENCE_MS_MAX } from "../limits.ts";

interface Visit {
  readonly since: number;
  isAsking: boolean;
}

/**
 * The clients of an admin socket, `ADMIN_CONNECTIONS_MAX` at most. A client that has sent nothing for a moment, or
 * takes too long to read its answer, makes room for the next one: idle clients keep nobody out.
 */
export class AdminClients<Client> {
  /** The visits of clients, in the order of their arrival. */
  readonly #visits = new Map<Client, Visit>();

  /** Returns the client that has to go, which may be the new one; undefined when there is room. */
  handleConnected(client: Client, now: number): Client | undefined {
    const leaving = this.#visits.size < ADMIN_CONNECTIONS_MAX ? undefined : (this.#findOverdue(now) ?? client);
    if (leaving !== undefined) this.#visits.delete(leaving);
    if (leaving !== client) this.#visits.set(client, { since: now, isAsking: false });
    return leaving;
  }

  handleAsked(client: Client): void {
    this.#setAsking(client, true);
  }

  handleAnswered(client: Client): void {
    this.#setAsking(client, false);
  }

  handleGone(client: Client): void {
    this.#visits.delete(client);
  }

  #setAsking(client: Client, isAsking: boolean): void {
    const visit = this.#visits.get(client);
    if (visit !== undefined) visit.isAsking = isAsking;
  }

  #findOverdue(now: number): Client | undefined {
    for (const [client, { since, isAsking }] of this.#visits) {
      if (now - since >= (isAsking ? ADMIN_ANSWER_MS_MAX : ADMIN_SILENCE_MS_MAX)) return client;
    }
    return undefined;
  }
}
