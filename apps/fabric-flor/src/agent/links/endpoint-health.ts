import { HEALTH_MAX, HEALTH_MS } from "./limits.ts";

/** How an endpoint has done lately, seen from one segment. */
export interface Health {
  readonly tries: number;
  /** Calls in vain since it was up last. */
  readonly failures: number;
  /** A link was up by it. */
  readonly hasWorked: boolean;
  /** Undefined: not measured. */
  readonly roundTripMs: number | undefined;
  /** Lost packets of all, from 0 to 1. */
  readonly loss: number;
}

interface Entry extends Health {
  readonly at: number;
}

const UNKNOWN: Health = { tries: 0, failures: 0, hasWorked: false, roundTripMs: undefined, loss: 0 };

/**
 * How endpoints have done, by endpoint and by the segment from which they were called: what fails from behind one router, or from within the
 * network of the endpoint itself, says nothing of another place, and nothing to others. Times are monotonic milliseconds. Pure.
 */
export class EndpointHealth {
  readonly #known = new Map<string, Entry>();

  /** The number of endpoints of which something is known. */
  get size(): number {
    return this.#known.size;
  }

  forget(): void {
    this.#known.clear();
  }

  of(endpoint: string, segment: string, now: number): Health {
    const entry = this.#known.get(keyOf(endpoint, segment));
    return entry !== undefined && now - entry.at < HEALTH_MS ? entry : UNKNOWN;
  }

  handleCalled(endpoint: string, segment: string, now: number): void {
    const health = this.of(endpoint, segment, now);
    this.#put(endpoint, segment, { ...health, tries: health.tries + 1, at: now });
  }

  handleVain(endpoint: string, segment: string, now: number): void {
    const health = this.of(endpoint, segment, now);
    this.#put(endpoint, segment, { ...health, failures: health.failures + 1, at: now });
  }

  handleUp(
    endpoint: string,
    segment: string,
    figures: { readonly roundTripMs: number; readonly loss: number } | null,
    now: number,
  ): void {
    const { tries, roundTripMs, loss } = this.of(endpoint, segment, now);
    const measured = figures ?? { roundTripMs, loss };
    this.#put(endpoint, segment, { tries, failures: 0, hasWorked: true, ...measured, at: now });
  }

  /** The newest stands last, and the oldest makes room. */
  #put(endpoint: string, segment: string, entry: Entry): void {
    const key = keyOf(endpoint, segment);
    this.#known.delete(key);
    if (this.#known.size >= HEALTH_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(key, entry);
  }
}

function keyOf(endpoint: string, segment: string): string {
  return `${endpoint} ${segment}`;
}
