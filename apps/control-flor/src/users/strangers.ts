/** The places and the pace of connections that have proven no reader, yet or at all. Pure. */
import { RateLimit } from "@florenetes/scheduling";
import {
  HANDSHAKES_AT_ONCE,
  HANDSHAKES_OF_ONE_AT_ONCE,
  HANDSHAKES_OF_ONE_PER_SECOND,
  HANDSHAKES_PER_SECOND,
  NETWORKS_REMEMBERED_MAX,
  STRANGERS_MAX,
} from "./limits.ts";

/** The outcome for a connection: it is too much, or it has a place, which another one may have to leave. */
export type Admission<Connection> = "too-much" | { readonly leaving: Connection | undefined };

/**
 * Bounds what strangers cost. A handshake costs a millisecond, so that each network may begin some, and all together too. Where all places are taken, the
 * network that has most of them loses its oldest: idle connections of one keep nobody else out.
 */
export class Strangers<Connection> {
  /** Networks of the connections, in the order of their arrival. */
  readonly #places = new Map<Connection, string>();
  readonly #pace = new RateLimit(HANDSHAKES_AT_ONCE, HANDSHAKES_PER_SECOND);
  /** The pace of each network, the one that was heard last at the end. */
  readonly #paces = new Map<string, RateLimit>();

  get size(): number {
    return this.#places.size;
  }

  /**
   * Takes a connection that begins.
   *
   * @param address the IP address that it comes from
   * @param now monotonic milliseconds
   */
  handleConnected(connection: Connection, address: string, now: number): Admission<Connection> {
    const network = networkOf(address);
    if (!this.#paceOf(network).take(now) || !this.#pace.take(now)) return "too-much";
    this.#places.set(connection, network);
    const leaving = this.#places.size > STRANGERS_MAX ? this.#oldestOfMost() : undefined;
    if (leaving !== undefined) this.#places.delete(leaving);
    return { leaving };
  }

  /** The connection is over, or is a reader's. */
  handleLeft(connection: Connection): void {
    this.#places.delete(connection);
  }

  #paceOf(network: string): RateLimit {
    const pace = this.#paces.get(network) ?? new RateLimit(HANDSHAKES_OF_ONE_AT_ONCE, HANDSHAKES_OF_ONE_PER_SECOND);
    this.#paces.delete(network);
    this.#paces.set(network, pace);
    const [silent] = this.#paces.keys();
    if (this.#paces.size > NETWORKS_REMEMBERED_MAX) this.#paces.delete(silent!);
    return pace;
  }

  #oldestOfMost(): Connection | undefined {
    const counts = new Map<string, number>();
    for (const network of this.#places.values()) counts.set(network, (counts.get(network) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const [connection, network] of this.#places) if (counts.get(network) === most) return connection;
    return undefined;
  }
}

/** The least that one host has: an address of IPv4, a /64 of IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  if (tail !== undefined) groups.push(...Array.from({ length: 4 }, () => "0"));
  return groups.slice(0, 4).join(":");
}
