import type { EngineConnection } from "../connections/engine-connection.ts";
import { roundTripOf } from "../connections/round-trip-of.ts";
import type { HandshakeTerms } from "../connections/handshake-pace.ts";
import { HANDSHAKE_MS_MAX, type TransportLimits } from "../limits.ts";
import type { Way } from "../packets/packet-sender.ts";
import type { RoundTrips } from "../paths/round-trips.ts";

type PaceLimits = Pick<TransportLimits, "retryMs" | "retryMsMax" | "renewalPauseMs" | "handshakeMs">;
type Measured = Pick<EngineConnection, "startedAt" | "peerHello" | "quic" | "stats">;

/** Says when a trunk may make its next attempt at a connection, and how patient that should be. */
export class AttemptPace {
  readonly #limits: PaceLimits;
  readonly #roundTrips: RoundTrips;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  /** The pause before the next attempt; it doubles with each use. */
  #pauseMs: number;
  /** How long an attempt waits for a first sign; the time doubles with each attempt that has waited in vain. */
  #firstSignMs: number;

  constructor(limits: PaceLimits, roundTrips: RoundTrips) {
    this.#limits = limits;
    this.#roundTrips = roundTrips;
    this.#pauseMs = limits.retryMs;
    this.#firstSignMs = limits.handshakeMs;
  }

  /** Whether there was no attempt yet. */
  get isNew(): boolean {
    return this.#attemptedAt === Number.NEGATIVE_INFINITY;
  }

  /** When the next attempt may begin at the earliest, for workloads that wait. */
  get earliest(): number {
    return this.#attemptedAt + this.#limits.retryMs;
  }

  handleAttempt(now: number): void {
    this.#attemptedAt = now;
  }

  /** The terms of an attempt over that way. */
  termsOf(way: Way): HandshakeTerms {
    return { rttMs: this.#roundTrips.of(way), firstSignMs: this.#firstSignMs };
  }

  /** An attempt over that way has succeeded or failed: if the far end was heard, its round trip is known for the next attempt. */
  handleMeasured(connection: Measured, way: Way, now: number): void {
    const isHeard = connection.peerHello !== undefined || now - connection.stats(now).silentMs > connection.startedAt;
    this.#firstSignMs = isHeard ? this.#limits.handshakeMs : Math.min(2 * this.#firstSignMs, HANDSHAKE_MS_MAX);
    if (isHeard) this.#roundTrips.handleMeasured(way, roundTripOf(connection.quic.stats()));
  }

  /** The cause of failures may be gone: the pause is the shortest one again, and the next attempt waits as long as a first one. */
  shorten(): void {
    this.#pauseMs = this.#limits.retryMs;
    this.#firstSignMs = this.#limits.handshakeMs;
  }

  /** @param isEager A workload needs the connection at once. */
  nextAt(isEager: boolean, now: number): number {
    const at = Math.max(this.earliest, isEager ? now : now + this.#pauseMs);
    if (!isEager) this.#pauseMs = Math.min(2 * this.#pauseMs, this.#limits.retryMsMax);
    return at;
  }

  /** A service may ask for a successor as often as it likes: it gets at most one a second. */
  renewableAt(now: number): number {
    return Math.max(now, this.#attemptedAt + this.#limits.renewalPauseMs);
  }

  /** A connection for another packet size is made sooner if the present one is not in use. */
  resizableAt(isInUse: boolean, now: number): number {
    return isInUse ? this.renewableAt(now) : Math.max(now, this.earliest);
  }
}
