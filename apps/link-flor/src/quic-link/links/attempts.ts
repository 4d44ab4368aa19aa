import {
  ATTEMPT_ANSWERED_FACTOR,
  ATTEMPT_ANSWERED_MIN_MS,
  ATTEMPT_CALL_INTERVAL_MS,
  ATTEMPT_CALLS_FOR_MS,
  ATTEMPT_DELAY_MAX_MS,
  ATTEMPT_DELAY_MIN_MS,
  ATTEMPT_HEARD_LIFE_MS,
  ATTEMPT_JITTER,
  ATTEMPT_PERMANENT_DELAY_MS,
  ATTEMPT_RESET_AFTER_UP_MS,
  ATTEMPTS_ALIVE_MAX,
  ATTEMPT_SCARCE_HEARD_LIFE_MS,
  ATTEMPT_SCARCE_SILENT_LIFE_MS,
  ATTEMPT_SCARCE_WHOLE,
  ATTEMPT_SILENT_LIFE_MS,
  ATTEMPT_SPARING_DELAY_MS,
  RENEWAL_PAUSE_MS,
} from "../limits.ts";
import type { AttemptMaker, AttemptPlaces } from "./attempt-places.ts";

export interface AttemptHost {
  /** A random number from 0 up to 1, like Math.random. */
  random(): number;
  /** A number above that of all attempts before, those of other links included. */
  newAttempt(): number;
  /** The places of all links. */
  readonly places: AttemptPlaces;
  /** The link is to be looked at, since its `nextTimeout` has changed. */
  onTurn(): void;
}

interface Attempt {
  readonly start: number;
  /** The attempt lives its whole time, even while other links wait for a place. */
  readonly isWhole: boolean;
  answeredAt: number | undefined;
}

/**
 * Decides when an originator makes a new attempt, and how long the earlier ones live. It performs no I/O.
 *
 * QUIC repeats an unanswered first packet after 1, 3 and 7 s only, so one long attempt would miss a peer that returns: a new
 * attempt starts after 100 ms, then 200, 400, 800, 800 …, ± 20 %, while the earlier ones live on (a slow path must connect too).
 * An attempt that was answered has time to come up before the next one starts. For 10 s after a link that has worked is lost, the
 * newest attempt calls again every 100 ms: it repeats its last datagram, which costs neither end more than that. In this time an
 * attempt that was refused for now is followed by another one as soon.
 *
 *      0   100   300        700              1500             2300             3100   ms
 *      1────┼─────┼──────────┼────────────────┼────────────────┼─── given up (3 s, or 10 s if it heard its peer)
 *           2─────┼──────────┼────────────────┼────────────────┼─────────────────
 *                 3──────────┼────────────────┼────────────────┼─────────────────
 *
 * A link with a limit of calls makes so many attempts, a second apart, until its peer has proven who it is.
 *
 * While links of the cluster wait for a place, an attempt is given up after 1 s, or 3 s if it heard its peer. Some attempts, chosen
 * by chance, are not: a slow path must connect too.
 */
export class Attempts implements AttemptMaker {
  readonly #host: AttemptHost;
  readonly #alive = new Map<number, Attempt>();
  #count = 0;
  #delay = ATTEMPT_DELAY_MIN_MS;
  #nextStart: number;
  /** The attempt that was made last, the time at which it calls again, and the time at which calls end. */
  #newest = 0;
  #nextCall = Infinity;
  #callsUntil = -Infinity;
  #upSince: number | undefined;
  /** The time at which an attempt last became the link. */
  #lastUp = -Infinity;
  #isRenewing = false;
  #isSuspended = false;
  /** The link has no attempt under way, and waits for a place to make one. */
  #isWaiting = false;
  /** The link has waited for a place, has it, and may make an attempt. */
  #hasPlace = false;
  /** Attempts that may be made before the peer proves who it is; undefined: as many as need be, or it has. */
  #unansweredMax: number | undefined;
  #isProven = false;
  /** The time of the last change that may turn refusals: refusals of attempts that began before it cause no delay. */
  #refusalsOutdatedAt = -Infinity;

  /** @param unansweredMax The limit of `limit` */
  constructor(host: AttemptHost, now: number, unansweredMax?: number) {
    this.#host = host;
    this.#nextStart = now;
    this.#unansweredMax = unansweredMax;
  }

  /** Whether the peer is to prove who it is before it is called as often as need be. */
  get isSparing(): boolean {
    return this.#unansweredMax !== undefined && !this.#isProven;
  }

  /** Limits the attempts that are made before the peer has proven who it is: those that were made count. Undefined: no limit. */
  limit(unansweredMax: number | undefined): void {
    this.#unansweredMax = unansweredMax;
    this.#host.onTurn();
  }

  /** The peer has proven who it is: the limit is over. */
  handleProven(): void {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#host.onTurn();
  }

  /** Attempts started so far. */
  get count(): number {
    return this.#count;
  }

  get aliveCount(): number {
    return this.#alive.size;
  }

  /** Whether the link waits for a place, as other links of the cluster have all of them. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  handlePlace(): void {
    this.#isWaiting = false;
    this.#hasPlace = true;
    this.#host.onTurn();
  }

  handleScarcity(): void {
    this.#host.onTurn();
  }

  /** The number of an attempt to be made now. */
  pollStart(now: number): number | undefined {
    if (now < this.#startAt()) return undefined;
    this.#nextStart = now + (this.isSparing ? ATTEMPT_SPARING_DELAY_MS : this.#jittered(this.#delay));
    this.#delay = Math.min(this.#delay * 2, ATTEMPT_DELAY_MAX_MS);
    if (this.#alive.size >= ATTEMPTS_ALIVE_MAX || !this.#takePlace(now)) return undefined;
    this.#count++;
    const number = this.#host.newAttempt();
    const isWhole = this.#host.random() < ATTEMPT_SCARCE_WHOLE;
    this.#alive.set(number, { start: now, isWhole, answeredAt: undefined });
    this.#newest = number;
    this.#nextCall = now + ATTEMPT_CALL_INTERVAL_MS;
    return number;
  }

  /** The number of an attempt that nothing has answered yet, and that should send again what it has sent last. */
  pollCall(now: number): number | undefined {
    if (now < this.#callAt()) return undefined;
    this.#nextCall = now + ATTEMPT_CALL_INTERVAL_MS;
    return this.#newest;
  }

  /** The number of an attempt whose time is over. */
  pollExpired(now: number): number | undefined {
    for (const [number, attempt] of this.#alive) {
      if (now < this.#expiry(attempt)) continue;
      this.#alive.delete(number);
      if (attempt.answeredAt === undefined) this.#host.places.release(this);
      else this.#host.places.releaseLater(this, now);
      return number;
    }
    return undefined;
  }

  /** The peer answered something in this attempt. */
  handleHeard(number: number, now: number): void {
    const attempt = this.#alive.get(number);
    if (attempt !== undefined) attempt.answeredAt ??= now;
  }

  /** The attempt failed, or was refused. */
  handleEnded(number: number, isPermanent: boolean, now: number): void {
    const attempt = this.#alive.get(number);
    if (attempt === undefined) return;
    this.#alive.delete(number);
    this.#host.places.releaseLater(this, now);
    if (!isPermanent) {
      if (now < this.#callsUntil) this.#nextStart = Math.min(this.#nextStart, now + ATTEMPT_CALL_INTERVAL_MS);
    } else if (attempt.start >= this.#refusalsOutdatedAt) {
      this.#nextStart = Math.max(this.#nextStart, now + this.#jittered(ATTEMPT_PERMANENT_DELAY_MS));
      this.#callsUntil = -Infinity;
    }
  }

  /** The attempt became the link. No new ones start; the caller ends those that are under way. */
  handleUp(number: number, now: number): void {
    this.#isProven = true;
    if (this.#alive.delete(number)) this.#host.places.release(this);
    this.#upSince ??= now;
    this.#lastUp = now;
    this.#isRenewing = false;
    this.#callsUntil = -Infinity;
  }

  /** The link is up and should be replaced by a fresh one: attempts go on beside it until one is up. */
  handleRenewal(now: number): void {
    if (this.#upSince === undefined || this.#isRenewing) return;
    this.#isRenewing = true;
    this.#delay = ATTEMPT_DELAY_MIN_MS;
    this.#nextStart = Math.max(now, this.#lastUp + RENEWAL_PAUSE_MS);
  }

  /** Sessions that were refused may be accepted from now on: an attempt is made at once. */
  handleRefusalsOutdated(now: number): void {
    if (!this.#isWanted) return;
    this.#refusalsOutdatedAt = now;
    this.#delay = ATTEMPT_DELAY_MIN_MS;
    this.#nextStart = Math.max(now, this.#lastUp + RENEWAL_PAUSE_MS);
  }

  /** The link is down again. A link that was up for long is tried afresh and at once, one that flaps is not. */
  handleDown(now: number): void {
    if (this.#upSince === undefined) return;
    // A link that waited to renew gives its turn back: it may now wait among the links that were up a moment ago.
    this.#leavePlaces(now);
    if (now - this.#upSince >= ATTEMPT_RESET_AFTER_UP_MS) {
      this.#delay = ATTEMPT_DELAY_MIN_MS;
      this.#nextStart = now;
      this.#callsUntil = now + ATTEMPT_CALLS_FOR_MS;
    } else {
      this.#nextStart = now + this.#jittered(this.#delay);
    }
    this.#upSince = undefined;
    this.#isRenewing = false;
  }

  /** All attempts and the link have ended, and no attempt starts until `resume`. */
  suspend(now: number): void {
    for (const _ of this.#alive) this.#host.places.releaseLater(this, now);
    this.#alive.clear();
    this.#leavePlaces(now);
    this.#upSince = undefined;
    this.#isRenewing = false;
    this.#isSuspended = true;
    this.#callsUntil = -Infinity;
  }

  /** Attempts begin again as at the start. */
  resume(now: number): void {
    this.#isSuspended = false;
    this.#delay = ATTEMPT_DELAY_MIN_MS;
    this.#nextStart = now;
  }

  nextTimeout(): number {
    let next = Math.min(this.#startAt(), this.#callAt());
    for (const attempt of this.#alive.values()) next = Math.min(next, this.#expiry(attempt));
    return next;
  }

  /** Takes a place for an attempt; false: there is none. A link without an attempt under way then waits for a place. */
  #takePlace(now: number): boolean {
    const { places } = this.#host;
    if (!this.#hasPlace && places.take(this)) return true;
    if (!this.#hasPlace && this.#alive.size === 0) {
      this.#isWaiting = true;
      places.wait(this, now < this.#callsUntil);
    }
    const hadPlace = this.#hasPlace;
    this.#hasPlace = false;
    return hadPlace;
  }

  #leavePlaces(now: number): void {
    if (this.#isWaiting) this.#host.places.leave(this);
    if (this.#hasPlace) this.#host.places.releaseLater(this, now);
    this.#isWaiting = false;
    this.#hasPlace = false;
  }

  #startAt(): number {
    if (!this.#isWanted || this.#isWaiting || (this.isSparing && this.#count >= this.#unansweredMax!)) return Infinity;
    return Math.max(this.#nextStart, this.#answeredUntil());
  }

  #callAt(): number {
    const newest = this.#alive.get(this.#newest);
    if (newest === undefined || newest.answeredAt !== undefined) return Infinity;
    const at = Math.max(this.#nextCall, this.#answeredUntil());
    return at < this.#callsUntil ? at : Infinity;
  }

  /** The time until which attempts that were answered may come up before another one starts. */
  #answeredUntil(): number {
    let until = -Infinity;
    for (const { start, answeredAt } of this.#alive.values()) {
      if (answeredAt === undefined || start < this.#refusalsOutdatedAt) continue;
      const wait = Math.max(ATTEMPT_ANSWERED_MIN_MS, ATTEMPT_ANSWERED_FACTOR * (answeredAt - start));
      until = Math.max(until, answeredAt + Math.min(wait, ATTEMPT_SILENT_LIFE_MS));
    }
    return until;
  }

  get #isWanted(): boolean {
    return !this.#isSuspended && (this.#upSince === undefined || this.#isRenewing);
  }

  #expiry({ start, isWhole, answeredAt }: Attempt): number {
    const isScarce = !isWhole && this.#host.places.waiting > 0;
    if (answeredAt === undefined) return start + (isScarce ? ATTEMPT_SCARCE_SILENT_LIFE_MS : ATTEMPT_SILENT_LIFE_MS);
    return start + (isScarce ? ATTEMPT_SCARCE_HEARD_LIFE_MS : ATTEMPT_HEARD_LIFE_MS);
  }

  #jittered(delay: number): number {
    return delay * (1 + ATTEMPT_JITTER * (2 * this.#host.random() - 1));
  }
}
