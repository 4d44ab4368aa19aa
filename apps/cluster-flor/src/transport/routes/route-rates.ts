import { RATE_KNOWN_MS } from "../limits.ts";
import type { Route } from "./route-table.ts";

/** Bytes of a connection since it began, by its QUIC engine. */
export interface ByteCounts {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

interface Seen {
  readonly route: Route;
  readonly counts: ByteCounts;
  readonly at: number;
}

/** Rates of all connections on a route in kbit/s, as they were counted last. */
interface Rates {
  sent: number;
  received: number;
  at: number;
}

/** How fast bytes pass on each route from end to end, out of what the connections on it count anyway. No I/O. */
export class RouteRates {
  readonly #seen = new WeakMap<object, Seen>();
  readonly #rates = new WeakMap<Route, Rates>();

  /** Takes the counts of a connection that uses a route, about once a second; those of all connections at the same time. */
  handleCounts(connection: object, route: Route, counts: ByteCounts, now: number): void {
    const before = this.#seen.get(connection);
    this.#seen.set(connection, { route, counts, at: now });
    if (before?.route !== route || now <= before.at) return;
    const known = this.#rates.get(route);
    const rates = known?.at === now ? known : { sent: 0, received: 0, at: now };
    const perMs = 8 / (now - before.at);
    rates.sent += perMs * (counts.bytesSent - before.counts.bytesSent);
    rates.received += perMs * (counts.bytesReceived - before.counts.bytesReceived);
    this.#rates.set(route, rates);
  }

  /** The rate of a route in the last second, in kbit/s: that of the busier direction. */
  of(route: Route, now: number): number {
    const rates = this.#rates.get(route);
    return rates === undefined || now - rates.at >= RATE_KNOWN_MS ? 0 : Math.max(rates.sent, rates.received);
  }
}
