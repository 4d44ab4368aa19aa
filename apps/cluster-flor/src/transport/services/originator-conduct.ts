import { RateLimit } from "@florenetes/scheduling";
import { CONDUCTS_MAX, type TransportLimits } from "../limits.ts";

type ConductLimits = Pick<TransportLimits, "failedStreamsBurst" | "failedStreamsPerSecond" | "conductPauseMs">;

interface Conduct {
  readonly failures: RateLimit;
  /** Connections of the principal are refused before this time. */
  pausedUntil: number;
}

/**
 * The conduct of originators, counted for each principal over all its connections to this vertex: streams that it resets, or that
 * are refused by its own fault, cost this end more than the originator. So a rate of them that no honest use reaches leads to a
 * pause. The record outlives connections, or a new connection would be a fresh start. No I/O.
 */
export class OriginatorConduct {
  readonly #limits: ConductLimits;
  readonly #conducts = new Map<string, Conduct>();

  constructor(limits: ConductLimits) {
    this.#limits = limits;
  }

  /** Whether connections of the principal are accepted now. */
  isWelcome(principal: string, now: number): boolean {
    const conduct = this.#conducts.get(principal);
    return conduct === undefined || now >= conduct.pausedUntil;
  }

  /** A stream of the principal has failed by its own fault. False: these are too many. */
  handleFailed(principal: string, now: number): boolean {
    const conduct = this.#recall(principal, now);
    if (conduct.failures.take(now)) return true;
    conduct.pausedUntil = now + this.#limits.conductPauseMs;
    return false;
  }

  /** The principal that failed last is the last to be forgotten. */
  #recall(principal: string, now: number): Conduct {
    const { failedStreamsBurst, failedStreamsPerSecond } = this.#limits;
    const conduct = this.#conducts.get(principal) ?? {
      failures: new RateLimit(failedStreamsBurst, failedStreamsPerSecond, now),
      pausedUntil: Number.NEGATIVE_INFINITY,
    };
    this.#conducts.delete(principal);
    this.#conducts.set(principal, conduct);
    if (this.#conducts.size > CONDUCTS_MAX) this.#conducts.delete(this.#conducts.keys().next().value!);
    return conduct;
  }
}
