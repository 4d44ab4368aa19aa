import { REPEAT_UNKNOWN_MS_MAX, ROUND_TRIP_MS_MAX, type TransportLimits } from "../limits.ts";

/** The action that is due when the pulse's time has come. */
export const PulseAction = {
  none: 0,
  /** Send the last packet once more, unchanged. */
  repeat: 1,
  /** Ask the peer for a sign of life. */
  ping: 2,
  /** The peer has stayed away for too long. */
  giveUp: 3,
} as const;
export type PulseAction = (typeof PulseAction)[keyof typeof PulseAction];

export type PulseLimits = Pick<
  TransportLimits,
  | "silenceMs"
  | "repeatAfterMs"
  | "repeatEveryMs"
  | "silentMs"
  | "unreachableMs"
  | "repeatIdleMs"
  | "pingBusyMs"
  | "pingIdleMs"
  | "pingPathMs"
>;

/**
 * The signs of life of one connection. It performs no I/O.
 *
 * QUIC's own probes back off exponentially: after an outage the next one may come as late again as the outage was long. So the last
 * packet is repeated unchanged for as long as something is unanswered: for the peer it is a duplicate, or the first packet that
 * gets through, whose acknowledgement sets everything going. A packet of the peer is no answer unless it acknowledges something:
 * the peer's packets may get through long before ours do. If no stream needs the connection, the packet is repeated less often after
 * a while, so that a path that leads nowhere is not filled in vain.
 *
 * On a path that answers late all of this waits for two of its round trips: otherwise a slow line would fill with copies of packets
 * that are on their way, and answer later still.
 *
 *              answered                   200 ms without one            100 ms
 *     quiet ◀─────────── unanswered ─────────────────────▶ repeat ─┐ ◀──┐
 *       │  sent             ▲                                      └────┘
 *       └───────────────────┘
 */
export class Pulse {
  readonly #limits: PulseLimits;
  readonly #isOriginator: boolean;
  #heardAt: number;
  #answeredAt: number;
  /** Since when something of ours has been unacknowledged without a pause; Infinity while nothing is. */
  #inFlightSince = Number.POSITIVE_INFINITY;
  #repeatedAt = Number.NEGATIVE_INFINITY;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #isBusy = false;
  #quietMs = 0;
  /** Two of the smoothed round trips; 0: none is known. */
  #patienceMs = 0;
  /** How long after a repeat the next one is due while the path's round trip is unknown; undefined: it is known. */
  #unknownMs: number | undefined;

  /** @param isOriginator An originator looks after the path: whatever the peer sends, the peer is asked whether this end's packets arrive. */
  constructor(limits: PulseLimits, isOriginator: boolean, now: number) {
    this.#limits = limits;
    this.#isOriginator = isOriginator;
    this.#heardAt = now;
    this.#answeredAt = now;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  /** An authenticated packet came at `at`. A peer may have much to say and yet acknowledge nothing: then `isAnswer` is false. */
  handleHeard(at: number, isAnswer = true): void {
    this.#heardAt = at;
    if (isAnswer) this.#answeredAt = at;
  }

  /**
   * The connection begins. While the round trip is not known the path may be slow: an unanswered packet is repeated less and less often, until
   * an answer tells the round trip.
   */
  begin(rttMs: number | undefined): void {
    if (rttMs === undefined) this.#unknownMs = this.#limits.repeatAfterMs;
    else this.handleRoundTrip(rttMs);
  }

  /** The smoothed round trip is so long now. */
  handleRoundTrip(rttMs: number): void {
    this.#unknownMs = undefined;
    this.#patienceMs = 2 * Math.min(rttMs, ROUND_TRIP_MS_MAX);
  }

  /** The longer quiet of both ends' first links: while nothing is unanswered, neither end asks more often. */
  handleQuiet(quietMs: number): void {
    this.#quietMs = quietMs;
  }

  /** When the peer last acknowledged something, or nothing was unacknowledged any more. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Whether the peer has been asked for a while, and has not answered. @param since Only what was sent from then on counts. */
  isUnreachable(now: number, since: number = Number.NEGATIVE_INFINITY): boolean {
    const patienceMs = Math.max(this.#limits.unreachableMs, 2 * this.#patienceMs);
    return now >= Math.max(this.#unansweredSince, since) + patienceMs;
  }

  /**
   * Whether an answer is overdue, that to a repeated packet too, and nothing at all has come. Where the round trip is unknown, twice the time is waited for:
   * the path may be slow. @param since As for `isUnreachable`
   */
  isSilent(now: number, since: number): boolean {
    const { silentMs } = this.#limits;
    const patienceMs = this.#unknownMs === undefined ? Math.max(silentMs, 2 * this.#patienceMs) : 2 * silentMs;
    return now >= Math.max(this.#unansweredSince, this.#heardAt, since) + patienceMs;
  }

  /** Whether an answer is overdue, and nothing at all has come. */
  isOverdue(now: number): boolean {
    const patienceMs = Math.max(this.#limits.repeatAfterMs, this.#patienceMs);
    return now >= Math.max(this.#unansweredSince, this.#heardAt) + patienceMs;
  }

  /** For how long the peer was not heard, and for how long it has been asked without an answer. */
  silence(now: number): { readonly silentMs: number; readonly unansweredMs: number } {
    return { silentMs: now - this.#heardAt, unansweredMs: Math.max(0, now - this.#unansweredSince) };
  }

  /** Whether something that we sent is unacknowledged, and whether streams are open (so that a death matters soon). */
  update(now: number, isInFlight: boolean, isBusy: boolean): void {
    if (!isInFlight) {
      if (this.#inFlightSince !== Number.POSITIVE_INFINITY) this.#answeredAt = now;
      this.#inFlightSince = Number.POSITIVE_INFINITY;
    } else if (this.#inFlightSince === Number.POSITIVE_INFINITY) this.#inFlightSince = now;
    // A workload that comes now waits no longer than the first one did.
    if (isBusy && !this.#isBusy && this.#unknownMs !== undefined) this.begin(undefined);
    this.#isBusy = isBusy;
  }

  handleTimeout(now: number): PulseAction {
    if (now >= this.#giveUpAt()) return PulseAction.giveUp;
    if (now >= this.#repeatAt()) {
      this.#repeatedAt = now;
      if (this.#unknownMs !== undefined) this.#unknownMs = Math.min(2 * this.#unknownMs, REPEAT_UNKNOWN_MS_MAX);
      return PulseAction.repeat;
    }
    if (now >= this.#pingAt()) {
      this.#pingedAt = now;
      return PulseAction.ping;
    }
    return PulseAction.none;
  }

  nextTimeout(): number {
    return Math.min(this.#giveUpAt(), this.#repeatAt(), this.#pingAt());
  }

  #giveUpAt(): number {
    // A peer that is left in peace is silent for no reason, until something is sent.
    const peaceMs = Math.min(this.#quietMs, Math.max(0, this.#inFlightSince - this.#heardAt));
    return this.#heardAt + this.#limits.silenceMs + peaceMs;
  }

  /** How long after a repeat the next one is due. */
  get repeatMs(): number {
    if (this.#unknownMs !== undefined) return this.#unknownMs;
    const { repeatEveryMs, repeatIdleMs } = this.#limits;
    const every = this.#isBusy || !this.isUnreachable(this.#repeatedAt) ? repeatEveryMs : repeatIdleMs;
    return Math.max(every, this.#patienceMs);
  }

  /** How long something is unanswered before the first repeat is due. Without a known round trip there is no patience. */
  get firstRepeatMs(): number {
    return Math.max(this.#limits.repeatAfterMs, this.#patienceMs);
  }

  #repeatAt(): number {
    return Math.max(this.#unansweredSince + this.firstRepeatMs, this.#repeatedAt + this.repeatMs);
  }

  /** Infinity while nothing is unanswered. */
  get #unansweredSince(): number {
    return Math.max(this.#inFlightSince, this.#answeredAt);
  }

  /** No PING while packets are in flight: those ask for an answer already. */
  #pingAt(): number {
    if (this.#inFlightSince !== Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const { pingBusyMs, pingIdleMs, pingPathMs } = this.#limits;
    const idleMs = this.#isOriginator ? pingPathMs : pingIdleMs;
    const signAt = this.#isOriginator ? this.#answeredAt : this.#heardAt;
    const paceMs = this.#isBusy ? pingBusyMs : idleMs;
    // An acceptor leaves the question to its originator.
    const intervalMs = this.#isOriginator ? Math.max(paceMs, this.#quietMs) : paceMs + this.#quietMs;
    return Math.max(signAt, this.#pingedAt) + intervalMs;
  }
}
