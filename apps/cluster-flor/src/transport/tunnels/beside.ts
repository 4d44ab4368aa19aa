import type { EndConnection } from "../connections/end-connection.ts";
import { BESIDE_IDLE_MS, TRUNK_CONNECTIONS_MAX } from "../limits.ts";
import { IdleWatch } from "./idle-watch.ts";

/**
 * The connections beside the current one of a trunk, the oldest first. A stream is opened on the first connection that has room for it, so the
 * last one is the first that has no streams any more.
 */
export class Beside {
  #connections: readonly EndConnection[] = [];
  readonly #idle = new IdleWatch();

  constructor() {
    this.#idle.keepFor(BESIDE_IDLE_MS);
  }

  get all(): readonly EndConnection[] {
    return this.#connections;
  }

  get hasStreams(): boolean {
    return this.#connections.some((connection) => connection.hasStreams);
  }

  /** Whether the trunk has as many connections as it may, the current one among them. */
  get isFull(): boolean {
    return this.#connections.length + 1 >= TRUNK_CONNECTIONS_MAX;
  }

  add(connection: EndConnection, now: number): void {
    this.#connections = [...this.#connections, connection];
    this.#idle.start(now);
  }

  /** False: `from` is none of these connections. */
  replace(from: EndConnection, to: EndConnection): boolean {
    const isHere = this.#connections.includes(from);
    this.#connections = this.#connections.map((connection) => (connection === from ? to : connection));
    return isHere;
  }

  /** False: it is none of these connections. */
  remove(connection: EndConnection): boolean {
    const isHere = this.#connections.includes(connection);
    this.#connections = this.#connections.filter((other) => other !== connection);
    return isHere;
  }

  takeFirst(): EndConnection | undefined {
    const [first, ...others] = this.#connections;
    this.#connections = others;
    return first;
  }

  takeAll(): readonly EndConnection[] {
    const all = this.#connections;
    this.#connections = [];
    return all;
  }

  /** The streams of all connections are used up once more. */
  handleUse(now: number): void {
    this.#idle.handleUse(now);
  }

  /** When `takeIdle` is to be called. */
  get nextTimeout(): number {
    return this.#connections.length === 0 ? Number.POSITIVE_INFINITY : this.#idle.nextTimeout;
  }

  /** Takes the last connection, if it has had no streams for long enough. */
  takeIdle(now: number): EndConnection | undefined {
    const last = this.#connections.at(-1);
    if (last === undefined || now < this.#idle.nextTimeout || !this.#idle.isOver(last.hasStreams, now))
      return undefined;
    this.#connections = this.#connections.slice(0, -1);
    this.#idle.start(now);
    return last;
  }
}

/**
 * The ConnectionId of a connection beside another one. Links tell places in their queues by the last byte, so both wait in one place: more streams are
 * no reason for a larger share.
 *
 * @param random 64 random bits, of which the others are kept.
 */
export function idBeside<Id extends { readonly idLow: number }>(random: Id, { idLow }: { readonly idLow: number }): Id {
  return { ...random, idLow: ((random.idLow & ~0xff) | (idLow & 0xff)) >>> 0 };
}
