import { TimerTable } from "@florenetes/scheduling";
import type { TransportLimits } from "../limits.ts";
import { PACKET_SIZE_MIN, UNCUT_PACKET_MAX } from "../limits.ts";
import { ProbeBudget } from "./probe-budget.ts";
import { ProbeRounds, type Round } from "./probe-rounds.ts";
import { RoundTrip } from "./round-trip.ts";

/** The timers of a search, which run while sizes are under test. */
const SearchTimer = {
  /** The next round of probes is sent. */
  round: 0,
  /** The outcome of a round whose small probe was answered: its unanswered probes then count as lost. */
  outcome: 1,
} as const;
const SEARCH_TIMER_COUNT = 2;

/** The timers of a known size, which run while no size is under test. */
const SettledTimer = {
  /** The size is checked again, if the last check was long ago. */
  check: 0,
  /** A larger size is tried. */
  raise: 1,
  /** A doubted size is checked. */
  doubt: 2,
} as const;
const SETTLED_TIMER_COUNT = 3;

/** Sizes that are tried, in bytes of the mesh packet, beside the largest that the first link and the ends accept. */
const ladder: readonly number[] = [16_384, 8_192, 4_096, 3_680, UNCUT_PACKET_MAX];

/** The factor by which a raise comes later than an overdue answer, on a path that may be a slow line. */
const SLOW_RAISE = 32;

/** Why a path has its size. */
export type PathSizeReason =
  /** Unknown so far. */
  | "probing"
  /** The largest size that the ends and the first link accept gets through. */
  | "proven"
  /** A link of the path prefers no larger packets. */
  | "marked"
  /** Larger packets do not get through. */
  | "lost";

export type PathProberLimits = Pick<
  TransportLimits,
  | "probeRoundMs"
  | "probeRoundMsMax"
  | "probeGraceMs"
  | "probeBytesPerSecond"
  | "pathDoubtMs"
  | "pathDoubtMsMax"
  | "pathCheckBusyMs"
  | "pathCheckIdleMs"
  | "pathRaiseMs"
  | "pathRaiseIdleMs"
  | "pathRaiseMsMax"
  | "pathLastingMs"
  | "pathSizeMs"
>;

export interface PathProberOptions {
  readonly limits: PathProberLimits;
  /** Largest mesh packet that the ends accept. */
  readonly sizeMax: number;
  /** 64 random bits. */
  readonly newNonce: () => bigint;
}

/** The use that is made of a path. */
export interface PathUse {
  /** Streams go over it. */
  readonly isInUse: boolean;
  /** Its first link has signs of life rarely while nothing is sent, so that a device sleeps. */
  readonly isQuiet: boolean;
}

export interface Probe {
  readonly size: number;
  readonly nonce: bigint;
}

/**
 * Finds and keeps the size of a path's packets: the largest whose probes are answered without a size mark. No I/O.
 *
 *              link up, a raise or a check is due, doubts             no size is left under test
 *     settled ──────────────────────────────────────────▶ searching ─────────────────────────────▶ settled
 *
 *     a size under test     answered, no mark ──▶ this size and all smaller ones are good
 *                           answered, a mark ──▶ next size down
 *                           three times not answered, though the small probes behind were ──▶ given up
 *                           neither is answered ──▶ nothing is concluded; only small probes follow, ever more rarely
 *
 * Until a search is over, the path keeps the size that it had.
 */
export class PathProber {
  readonly #options: PathProberOptions;
  #mtu = 0;
  /** Largest size that is worth a test. */
  #limit = PACKET_SIZE_MIN;
  #isUp = false;
  #upAt = Number.NEGATIVE_INFINITY;
  #size = PACKET_SIZE_MIN;
  #reason: PathSizeReason = "probing";
  #hasChanged = false;

  /** Sizes under test, with the number of their probes that were lost while small ones were not. */
  readonly #tests = new Map<number, number>();
  /** The result of the search: the largest good size, and the smallest bad one. */
  #good = PACKET_SIZE_MIN;
  #bad = Number.POSITIVE_INFINITY;
  #badReason: "marked" | "lost" = "marked";
  /** Whether the search looks for a larger size than the present one. */
  #isRaise = false;
  #lostMin = Number.POSITIVE_INFINITY;
  readonly #roundTrip = new RoundTrip();
  readonly #rounds: ProbeRounds;
  readonly #unanswered = new Map<bigint, { readonly size: number; readonly round: Round }>();
  readonly #probes: Probe[] = [];
  readonly #searching = new TimerTable(SEARCH_TIMER_COUNT);
  readonly #settled = new TimerTable(SETTLED_TIMER_COUNT);
  #roundMs: number;
  /** Whether a small probe was answered since the last round. */
  #isHeard = true;
  readonly #budget: ProbeBudget;

  #checkedAt = Number.NEGATIVE_INFINITY;
  #raiseMs: number;
  #changedAt = Number.NEGATIVE_INFINITY;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  /** The largest size that was doubted since the last search. */
  #doubted = 0;
  /** How soon after a search a doubt begins another one. */
  #doubtMs = 0;

  constructor(options: PathProberOptions) {
    this.#options = options;
    this.#roundMs = options.limits.probeRoundMs;
    this.#raiseMs = options.limits.pathRaiseMs;
    this.#rounds = new ProbeRounds(options.limits.probeGraceMs, this.#roundTrip);
    this.#budget = new ProbeBudget(options.limits.probeBytesPerSecond, options.limits.probeGraceMs);
  }

  /** Largest packet, header included, to make connections for. */
  get size(): number {
    return this.#size;
  }

  get reason(): PathSizeReason {
    return this.#reason;
  }

  /** Whether a search is under way. */
  get isSearching(): boolean {
    return this.#tests.size > 0;
  }

  /** False: packets of that size are known not to arrive. */
  isCarried(size: number): boolean {
    return size < this.#lostMin && (!this.#isUp || size <= this.#mtu);
  }

  /** True once after a search that has changed the size, or has found that a larger size is not carried. */
  takeChange(): boolean {
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }

  /** The first link carries `mtu` and prefers `preferredMtu`; both are 0 while it is down. */
  handleLink(mtu: number, preferredMtu: number, now: number): void {
    const wasUp = this.#isUp;
    const before = this.#limit;
    this.#isUp = mtu > 0;
    if (!this.#isUp) return;
    this.#limit = Math.max(PACKET_SIZE_MIN, Math.min(this.#options.sizeMax, preferredMtu));
    if (mtu < this.#mtu) this.#hasChanged = true;
    this.#mtu = mtu;
    if (wasUp && this.#limit === before) return;
    if (!wasUp) {
      this.#upAt = now;
      // The path may lead over another link vertex or route now: its properties are unknown.
      this.#lostMin = Number.POSITIVE_INFINITY;
      this.#roundTrip.forget();
      this.#search(this.#limit, now);
    } else if (this.#limit > before) {
      this.#settled.set(SettledTimer.raise, Math.max(now, this.#changedAt + this.#options.limits.pathDoubtMs));
      this.#raiseMs = this.#options.limits.pathRaiseMs;
    } else if (this.isSearching) {
      this.#search(this.#limit, now);
    } else {
      // Sizes below a good one are good.
      this.#good = Math.min(this.#size, this.#limit);
      this.#settle(now);
    }
  }

  /** A stream was opened: an old result is checked again. */
  handleUse(now: number): void {
    const isOld = now >= this.#checkedAt + this.#options.limits.pathCheckBusyMs;
    if (isOld) this.#settled.setEarlier(SettledTimer.check, now);
  }

  /** Packets of that size came with a mark, or get no answer. */
  handleDoubt(size: number, now: number): void {
    if (this.isSearching || size <= PACKET_SIZE_MIN || !this.#isUp) return;
    const { pathDoubtMs, pathCheckBusyMs } = this.#options.limits;
    if (now >= this.#doubtedAt + 2 * pathCheckBusyMs) this.#doubtMs = pathDoubtMs;
    this.#doubted = Math.max(this.#doubted, size);
    this.#armDoubt();
    if (this.#settled.isDue(SettledTimer.doubt, now)) this.#checkDoubted(now);
  }

  #armDoubt(): void {
    if (this.#doubted > 0) this.#settled.set(SettledTimer.doubt, this.#checkedAt + this.#doubtMs);
  }

  #checkDoubted(now: number): void {
    const { pathDoubtMsMax } = this.#options.limits;
    // Doubts without a reason (a path is slow to answer) cause ever fewer searches.
    this.#doubtMs = Math.min(2 * this.#doubtMs, pathDoubtMsMax);
    this.#doubtedAt = now;
    this.#search(this.#doubted, now);
  }

  /**
   * @param isMarked Whether the probe or its answer came with a mark.
   * @returns false when it answers no probe of ours
   */
  handleAnswer(nonce: bigint, size: number, isMarked: boolean, now: number): boolean {
    const probe = this.#unanswered.get(nonce);
    if (probe === undefined || probe.size !== size) return false;
    this.#unanswered.delete(nonce);
    this.#roundTrip.handleAnswer(now - probe.round.sentAt);
    if (!this.#rounds.has(probe.round)) return true;
    if (size === PACKET_SIZE_MIN) this.#handleSmall(probe.round, now);
    else if (!isMarked) this.#handleGood(size);
    else this.#handleBad(size, "marked");
    if (this.#tests.size === 0) this.#settle(now);
    return true;
  }

  /** @param use Whether there are streams on the path, and whether its first link is quiet. */
  handleTimeout(use: PathUse, now: number): void {
    this.#handleOutcomes(now);
    if (!this.#isUp) return;
    if (this.#tests.size === 0) this.#considerCheck(use, now);
    if (this.#tests.size > 0 && this.#searching.isDue(SearchTimer.round, now)) this.#sendRound(now);
  }

  nextTimeout(): number {
    if (!this.#isUp) return Number.POSITIVE_INFINITY;
    return (this.isSearching ? this.#searching : this.#settled).next;
  }

  pollProbe(): Probe | undefined {
    return this.#probes.shift();
  }

  #considerCheck({ isInUse, isQuiet }: PathUse, now: number): void {
    const { pathCheckBusyMs, pathCheckIdleMs, pathRaiseIdleMs } = this.#options.limits;
    // Streams over a quiet link may be idle for long: a doubt tells of those that are not.
    const isOld = now >= this.#checkedAt + (isInUse && !isQuiet ? pathCheckBusyMs : pathCheckIdleMs);
    const settled = this.#settled;
    if (settled.isDue(SettledTimer.doubt, now)) {
      this.#checkDoubted(now);
    } else if (settled.isDue(SettledTimer.raise, now) && (isInUse || isOld || this.#raiseMs <= pathRaiseIdleMs)) {
      this.#search(this.#limit, now);
    } else if (settled.isDue(SettledTimer.check, now) && isOld) {
      this.#search(this.#size, now);
    } else {
      for (const timer of [SettledTimer.check, SettledTimer.raise]) {
        if (settled.isDue(timer, now)) settled.set(timer, now + pathCheckBusyMs);
      }
    }
  }

  /** Looks for the largest good size up to this one. */
  #search(max: number, now: number): void {
    this.#tests.clear();
    this.#rounds.clear();
    this.#unanswered.clear();
    this.#doubted = 0;
    this.#settled.stop(SettledTimer.doubt);
    this.#good = PACKET_SIZE_MIN;
    this.#bad = Number.POSITIVE_INFINITY;
    this.#isRaise = max > this.#size;
    this.#roundMs = this.#shortestRoundMs;
    this.#isHeard = true;
    this.#searching.stopAll();
    this.#searching.set(SearchTimer.round, now);
    if (max <= PACKET_SIZE_MIN) return this.#settle(now);
    this.#tests.set(max, 0);
  }

  /** Adds smaller sizes that may be good, for the case that no larger one is. */
  #addTests(max: number): void {
    for (const size of [this.#limit, ...ladder]) {
      const isOpen = size > this.#good && size < this.#bad && size <= this.#limit;
      if (isOpen && size < max && !this.#tests.has(size)) this.#tests.set(size, 0);
    }
  }

  #sendRound(now: number): void {
    const sizes = this.#sizesOfRound();
    const bytes = sizes.reduce((sum, size) => sum + size, PACKET_SIZE_MIN);
    const waitMs = this.#budget.take(bytes, this.#roundTrip.overdueMs, now);
    if (waitMs > 0) return this.#searching.set(SearchTimer.round, now + waitMs);
    const [shortest, longest] = [this.#shortestRoundMs, this.#options.limits.probeRoundMsMax];
    this.#roundMs = this.#isHeard ? shortest : Math.max(shortest, Math.min(2 * this.#roundMs, longest));
    this.#searching.set(SearchTimer.round, now + this.#roundMs);
    this.#isHeard = false;
    const round = this.#rounds.add(sizes, now);
    for (const size of [...sizes, PACKET_SIZE_MIN]) {
      const nonce = this.#options.newNonce();
      this.#unanswered.set(nonce, { size, round });
      this.#probes.push({ size, nonce });
    }
  }

  /** The next round waits until the answers to the one before are overdue. */
  get #shortestRoundMs(): number {
    return Math.max(this.#options.limits.probeRoundMs, this.#roundTrip.overdueMs);
  }

  /** The least time until a raise: a search takes several rounds, and on a slow line most of the time belongs to others. */
  get #slowRaiseMs(): number {
    const { overdueMs } = this.#roundTrip;
    return overdueMs > this.#options.limits.probeGraceMs ? SLOW_RAISE * overdueMs : 0;
  }

  /**
   * First the largest size, then all: the first round mostly settles everything. None while no small probe was
   * answered, or enough rounds are in flight to decide.
   */
  #sizesOfRound(): number[] {
    if (!this.#isHeard || this.#rounds.areEnough) return [];
    const isFirst = this.#rounds.isEmpty;
    if (!isFirst) this.#addTests(Math.max(...this.#tests.keys()));
    const sizes = [...this.#tests.keys()].toSorted((a, b) => b - a);
    return isFirst ? sizes.slice(0, 1) : sizes;
  }

  #handleSmall(round: Round, now: number): void {
    this.#rounds.handleAnswered(round, now);
    this.#armOutcome();
    if (this.#isHeard) return;
    this.#isHeard = true;
    const earliest = this.#rounds.lastLargeAt ?? now;
    this.#searching.set(SearchTimer.round, Math.max(now, earliest + this.#shortestRoundMs));
  }

  #armOutcome(): void {
    this.#searching.set(SearchTimer.outcome, this.#rounds.nextOutcome);
  }

  #handleOutcomes(now: number): void {
    if (!this.#searching.isDue(SearchTimer.outcome, now)) return;
    for (const size of this.#rounds.takeDue(now).flatMap(({ sizes }) => sizes)) {
      const strikes = this.#tests.get(size);
      if (strikes === undefined) continue;
      this.#tests.set(size, strikes + 1);
      if (strikes + 1 >= this.#rounds.strikesNeeded) this.#handleBad(size, "lost");
    }
    this.#armOutcome();
    if (this.#tests.size === 0) this.#settle(now);
  }

  #handleGood(size: number): void {
    this.#good = Math.max(this.#good, Math.min(size, this.#limit));
    if (size >= this.#lostMin) this.#lostMin = Number.POSITIVE_INFINITY;
    for (const other of this.#tests.keys()) if (other <= size) this.#tests.delete(other);
  }

  #handleBad(size: number, reason: "marked" | "lost"): void {
    this.#tests.delete(size);
    if (size < this.#bad) this.#badReason = reason;
    if (reason === "lost") {
      if (size < this.#lostMin) this.#hasChanged = true;
      this.#lostMin = Math.min(this.#lostMin, size);
      for (const other of this.#tests.keys()) if (other > size) this.#tests.delete(other);
    }
    this.#bad = Math.min(this.#bad, size);
    if (size <= this.#good) this.#good = PACKET_SIZE_MIN;
    this.#addTests(size);
  }

  #settle(now: number): void {
    const { pathCheckBusyMs, pathSizeMs, probeRoundMs } = this.#options.limits;
    this.#rounds.clear();
    this.#searching.stopAll();
    const isFirst = this.#reason === "probing";
    if (isFirst && this.#good < this.#limit && now + probeRoundMs <= this.#upAt + pathSizeMs) {
      // Links that have just come up do not know yet which size they prefer.
      this.#settled.set(SettledTimer.raise, now + probeRoundMs / 2);
      // The raise also serves as the check for a stream that was opened meanwhile; a check that stayed due would be due
      // for ever.
      return this.#settled.stop(SettledTimer.check);
    }
    const isWhole = this.#limit >= Math.min(this.#options.sizeMax, this.#mtu);
    this.#reason = this.#good < this.#limit ? this.#badReason : isWhole ? "proven" : "marked";
    if (this.#good >= this.#limit) this.#settled.stop(SettledTimer.raise);
    else if (this.#good < this.#size || this.#isRaise) this.#planRaise(now);
    this.#isRaise = false;
    this.#checkedAt = now;
    this.#settled.set(SettledTimer.check, now + pathCheckBusyMs);
    if (this.#good !== this.#size) {
      if (!isFirst) this.#changedAt = now;
      this.#doubtMs = this.#options.limits.pathDoubtMs;
      this.#size = this.#good;
      this.#hasChanged = true;
    }
    this.#armDoubt();
  }

  /** A size that varies, or that cannot be reached, is tried more and more rarely. */
  #planRaise(now: number): void {
    const { pathRaiseMs, pathRaiseMsMax, pathLastingMs } = this.#options.limits;
    if (this.#good < this.#size && now >= this.#changedAt + pathLastingMs) this.#raiseMs = pathRaiseMs;
    else if (this.#good <= this.#size) this.#raiseMs = Math.min(2 * this.#raiseMs, pathRaiseMsMax);
    this.#raiseMs = Math.max(this.#raiseMs, Math.min(this.#slowRaiseMs, pathRaiseMsMax));
    this.#settled.set(SettledTimer.raise, now + this.#raiseMs);
  }
}
