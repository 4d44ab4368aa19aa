/**
 * Decides how fast a connection's streams are given to QUIC, so that what is too much for the path waits before it, stream by
 * stream, and not in its queues, where a stream that has little to say would wait for all that is before it.
 *
 * The engine paces nothing, and its BBR keeps up to two bandwidth-delay products under way. On a long path the pacer keeps
 * one, and a short queue: as in BBR (Cardwell et al., 2016) its window is the path's rate times its round trip, and seeks for
 * more now and then; and as in FAST TCP (Wei, Jin, Low and Hegde, 2006) it grows steadily while there is no queue. The bytes of
 * a window are given evenly over a round trip. The engine's window is still the limit of what may be under way.
 *
 * Sizes are in bytes, times in milliseconds, rates in bytes per millisecond.
 */
export class Pacer {
  #window = WINDOW_MIN;
  #rtt = 1;
  /** Infinite while nothing is held back. */
  #credit = Number.POSITIVE_INFINITY;
  #creditAt = 0;
  #sampleAt = Number.NEGATIVE_INFINITY;
  /** The shortest round trips of this period and of the one before: what the path takes without a queue. */
  #baseRtt = Number.POSITIVE_INFINITY;
  #baseRttBefore = Number.POSITIVE_INFINITY;
  #baseSince = Number.NEGATIVE_INFINITY;
  // A round is about a round trip.
  #roundSince = 0;
  #roundSent = 0;
  /** The mean of its samples. */
  #roundRate = 0;
  #roundSamples = 0;
  /** The rates of the last rounds. The highest of them is taken for the path's: a single one may be low by chance. */
  readonly #rates: number[] = Array.from({ length: RATES_MAX }, () => 0);
  #ratesKept = 0;
  /** The window doubles from round to round; and the rate before it did so last. */
  #isStarting = true;
  #startRate = 0;
  // Rounds in a row without a queue, all rounds with some, and rounds in a row with a long one.
  #clearRounds = 0;
  #queueRounds = 0;
  #longRounds = 0;
  /** Rounds left with half a window, to see whose queue it is; and what it was before. */
  #trialRounds = 0;
  #trialQueue = 0;

  /** Whether a look at the engine's figures is due: nothing is learnt of them while nothing is to be sent. */
  isSampleDue(now: number): boolean {
    return now >= this.#sampleAt && (this.#roundSent > 0 || !this.hasCredit);
  }

  /**
   * @param rttMs The smoothed round trip.
   * @param deliveryRate In bytes per second, as it was when the last packet was acknowledged.
   */
  handleSample(rttMs: number, deliveryRate: number, now: number): void {
    this.#rtt = Math.max(1, rttMs);
    this.#sampleAt = now + Math.min(Math.max(SAMPLE_MIN_MS, this.#rtt / 4), SAMPLE_MAX_MS);
    if (now >= this.#baseSince + BASE_PERIOD_MS) {
      this.#baseRttBefore = this.#baseRtt;
      this.#baseRtt = this.#rtt;
      this.#baseSince = now;
    }
    this.#baseRtt = Math.min(this.#baseRtt, this.#rtt);
    this.#roundSamples++;
    this.#roundRate += (deliveryRate / 1_000 - this.#roundRate) / this.#roundSamples;
    if (this.#isStarting && this.#isQueueLong && this.#isUsed(now)) this.#endStart();
    if (now >= this.#roundSince + this.#rtt) this.#endRound(now);
  }

  /** Adds what was earned since the last call, and returns how many bytes may be given now. The last of them may be more: the
   *  next ones wait the longer. */
  earn(now: number): number {
    // Before a round has used the window, the round trips may be those of a handshake, which takes longer.
    if (this.#ratesKept === 0 || this.#base < PACED_FROM_MS) {
      this.#credit = Number.POSITIVE_INFINITY;
      return this.#credit;
    }
    const most = Math.max(BURST_MIN, this.#pace * BURST_MS);
    this.#credit = Math.min(most, this.#credit + this.#pace * (now - this.#creditAt));
    this.#creditAt = now;
    return this.#credit;
  }

  /** Whether bytes may be given, by the credit of the last `earn`. */
  get hasCredit(): boolean {
    return this.#credit > 0;
  }

  /**
   * Whether what a workload has written is given at once and whole. What is small hardly makes a queue, and may be waited for: it
   * is given beyond the credit, too, as long as the debts are small.
   */
  mayGive(bytes: number): boolean {
    return bytes <= SMALL_SIZE_MAX ? this.#credit > -DEBT_SHARE * this.#window : this.#credit >= bytes;
  }

  handleSent(bytes: number): void {
    this.#credit -= bytes;
    this.#roundSent += bytes;
  }

  /** When there is credit again, once it is used up. */
  nextTime(now: number): number {
    return now + Math.max(1, -this.#credit / this.#pace);
  }

  /** After an outage the smoothed round trip tells for a while how long that was. */
  get #pace(): number {
    return this.#window / Math.min(this.#rtt, PACED_RTT_MAX * this.#base);
  }

  get #base(): number {
    return Math.min(this.#baseRtt, this.#baseRttBefore);
  }

  get #queue(): number {
    return this.#rtt - this.#base;
  }

  /** The queue that is aimed at. */
  get #target(): number {
    return Math.max(TARGET_MS, this.#base / TARGET_SHARE);
  }

  get #isQueueLong(): boolean {
    return this.#queue > Math.max(LONG_QUEUE_MS, this.#base / 4);
  }

  #endRound(now: number): void {
    // A sender that uses less than the window learns nothing of the path's rate.
    if (this.#isUsed(now)) {
      this.#rates[this.#ratesKept++ % RATES_MAX] = this.#roundRate;
      if (this.#isStarting) this.#start();
      else this.#window = Math.max(WINDOW_MIN, this.#next());
    }
    this.#roundSince = now;
    this.#roundSent = 0;
    this.#roundRate = 0;
    this.#roundSamples = 0;
  }

  /** The engine's own window may be the smaller one: then there is a queue, and more than the path carries is of no use. */
  #isUsed(now: number): boolean {
    const window = this.#queue > this.#target ? Math.min(this.#window, this.#carried()) : this.#window;
    return this.#roundSent * this.#rtt >= USED_SHARE * window * (now - this.#roundSince);
  }

  #start(): void {
    if (this.#queue > this.#target && this.#roundRate < GROWTH_MAX * this.#startRate) return this.#endStart();
    this.#startRate = this.#roundRate;
    this.#window *= 2;
  }

  #endStart(): void {
    this.#isStarting = false;
    this.#window = Math.min(this.#window, this.#carried());
  }

  #next(): number {
    if (this.#trialRounds > 0) return --this.#trialRounds > 0 ? this.#window : this.#endTrial();
    this.#longRounds = this.#isQueueLong ? this.#longRounds + 1 : 0;
    if (this.#longRounds === LONG_ROUNDS_MAX) return this.#try();
    if (this.#queue <= this.#target / 2) {
      this.#clearRounds++;
      const growth = 1 + (Math.max(1, this.#clearRounds - STEADY_ROUNDS) * this.#target) / this.#base;
      return this.#window * Math.min(growth, GROWTH_MAX) + EXTRA / 2;
    }
    this.#clearRounds = 0;
    this.#queueRounds++;
    if (this.#queueRounds % SEEK_ROUNDS === 0) return this.#window * GROWTH_MAX;
    return Math.min(this.#carried(), this.#window * GROWTH_MAX);
  }

  /** The window at which the path has its rate and the queue that is aimed at. */
  #carried(): number {
    return Math.max(WINDOW_MIN, Math.max(this.#roundRate, ...this.#rates) * (this.#base + this.#target) + EXTRA);
  }

  #try(): number {
    this.#longRounds = 0;
    this.#trialRounds = TRIAL_ROUNDS;
    this.#trialQueue = this.#queue;
    return this.#window / 2;
  }

  #endTrial(): number {
    if (this.#queue >= this.#trialQueue / 2) {
      // The queue is there whatever the window is: the path has become longer, or others fill it.
      this.#baseRtt = this.#rtt;
      this.#baseRttBefore = this.#rtt;
    }
    return this.#carried();
  }
}

/** On a shorter path BBR's second window is hardly more than the queue that is aimed at; and processes that are given few
 *  packets at a time cost more (bulk over three links of one machine: a fifth). */
const PACED_FROM_MS = 20;
/** About the ten packets of RFC 6928. */
const WINDOW_MIN = 32 * 1024;
/** The queue that is aimed at, in the whole path: CoDel's of one link, or this share of a long round trip. */
const TARGET_MS = 5;
const TARGET_SHARE = 16;
/** Bytes under way in addition to these. They make flows that share a path alike (FAST's alpha). */
const EXTRA = 48 * 1024;
/** The window grows by at most this factor from a round to the next. In the start, a doubling must raise the rate by it if
 *  there is a queue. */
const GROWTH_MAX = 1.25;
/** Rounds without a queue after which the window grows faster from one to the next. */
const STEADY_ROUNDS = 4;
/** Rounds with a queue, of which one seeks for more. */
const SEEK_ROUNDS = 8;
/** A queue that is no chance: so long, or a quarter of the round trip. */
const LONG_QUEUE_MS = 30;
const LONG_ROUNDS_MAX = 3;
const TRIAL_ROUNDS = 2;
const RATES_MAX = 8;
/** The window counts as used by a sender that fills this share of it. */
const USED_SHARE = 0.7;
/** The engine's figures cost as much as a packet; and they are outdated soon. */
const SAMPLE_MIN_MS = 10;
const SAMPLE_MAX_MS = 100;
/** The pace is computed with a round trip of at most so many times the shortest one. */
const PACED_RTT_MAX = 4;
/** Up to this size, a workload's write counts as small; and this share of the window may be owed for small writes. */
const SMALL_SIZE_MAX = 4_096;
const DEBT_SHARE = 0.25;
/** BBR empties the path as often. */
const BASE_PERIOD_MS = 10_000;
/** A timer that is this late is made up for by a burst: a process on a busy machine waits so long for its turn. */
const BURST_MS = 20;
const BURST_MIN = 16 * 1024;
