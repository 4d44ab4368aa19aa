/**
 * Decides how fast a connection's streams are given to QUIC, so that bytes beyond the path's capacity wait here, stream by
 * stream, and not in the path's queues, where a stream with few bytes would wait behind all others.
 * The engine paces nothing, and its BBR keeps up to two bandwidth-delay products in flight. On a long path the pacer keeps one,
 * and a short queue: as in BBR (Cardwell et al., 2016) its window is the path's rate times its round trip, and seeks for more now
 * and then; and as in FAST TCP (Wei, Jin, Low and Hegde, 2006) it grows steadily while there is no queue. The bytes of a window
 * are given evenly over a round trip. The engine's window still limits the bytes in flight.
 * Sizes are in bytes, times in milliseconds, rates in bytes per millisecond.
 */
export class Pacer {
  #window = WINDOW_MIN;
  #rtt = 1;
  /** Infinite while nothing is held back. */
  #credit = Number.POSITIVE_INFINITY;
  #creditAt = 0;
  #sampleAt = Number.NEGATIVE_INFINITY;
  /** The shortest round trips of this period and of the one before: the path's round trip without a queue. */
  #baseRtt = Number.POSITIVE_INFINITY;
  #baseRttBefore = Number.POSITIVE_INFINITY;
  #baseSince = Number.NEGATIVE_INFINITY;
  // When the round began; a round lasts about a round trip.
  #roundSince = 0;
  #roundSent = 0;
  /** The mean of the round's samples. */
  #roundRate = 0;
  #roundSamples = 0;
  /** The rates of the last rounds. The highest is taken for the path's rate: a single one may be low by chance. */
  readonly #rates: number[] = Array.from({ length: RATES_MAX }, () => 0);
  #ratesKept = 0;
  /** In the start the window doubles from round to round; and the rate before the last doubling. */
  #isStarting = true;
  #startRate = 0;
  // Rounds in a row without a queue, all rounds with some, and rounds in a row with a long one.
  #clearRounds = 0;
  #queueRounds = 0;
  #longRounds = 0;
  /** Rounds left with half a window, which show whether the queue is our own; and the queue before. */
  #trialRounds = 0;
  #trialQueue = 0;

  /** Whether the engine's figures are to be read: they teach nothing while nothing is sent. */
  isSampleDue(now: number): boolean {
    return now >= this.#sampleAt && (this.#roundSent > 0 || !this.hasCredit);
  }

  /**
   * @param rttMs The smoothed round trip.
   * @param deliveryRate In bytes per second, at the last acknowledgement.
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

  /**
   * Adds the credit earned since the last call, and returns how many bytes may be given now. The last write may exceed
   * that: later ones then wait longer.
   */
  earn(now: number): number {
    // Until a round has used the window, the round trips may be those of a handshake, which takes longer.
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
   * Whether a workload's write may be given at once and whole. Small writes hardly make a queue, and somebody may wait
   * for them: they are also given beyond the credit, as long as the debt is small.
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

  /** The bound counters an outage, after which the smoothed round trip stays too long for a while. */
  get #pace(): number {
    return this.#window / Math.min(this.#rtt, PACED_RTT_MAX * this.#base);
  }

  get #base(): number {
    return Math.min(this.#baseRtt, this.#baseRttBefore);
  }

  get #queue(): number {
    return this.#rtt - this.#base;
  }

  /** The desired queue, in milliseconds. */
  get #target(): number {
    return Math.max(TARGET_MS, this.#base / TARGET_SHARE);
  }

  get #isQueueLong(): boolean {
    return this.#queue > Math.max(LONG_QUEUE_MS, this.#base / 4);
  }

  #endRound(now: number): void {
    // The path's rate shows only when the window is used.
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

  /** With a queue, the sender cannot use more than the path carries, even if the engine's own window is the smaller one. */
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

  /** The window at which the path has its rate and the desired queue. */
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
      // The queue does not depend on our window: the path has become longer, or others fill it.
      this.#baseRtt = this.#rtt;
      this.#baseRttBefore = this.#rtt;
    }
    return this.#carried();
  }
}

/**
 * On a shorter path BBR's second window is hardly more than the desired queue; and smaller bursts of packets cost
 * processes more (bulk over three links of one machine: a fifth).
 */
const PACED_FROM_MS = 20;
/** About the ten packets of RFC 6928. */
const WINDOW_MIN = 32 * 1024;
/** The desired queue of the whole path: CoDel's of one link, or this share of a long round trip. */
const TARGET_MS = 5;
const TARGET_SHARE = 16;
/** Additional bytes in flight, which give flows that share a path equal shares (FAST's alpha). */
const EXTRA = 48 * 1024;
/**
 * The most by which the window grows from one round to the next. In the start with a queue, a doubling must raise the
 * rate by this factor.
 */
const GROWTH_MAX = 1.25;
/** Rounds without a queue after which the window grows faster. */
const STEADY_ROUNDS = 4;
/** After so many rounds with a queue, one round seeks for more. */
const SEEK_ROUNDS = 8;
/** A queue of this length, or of a quarter of the round trip, is no chance. */
const LONG_QUEUE_MS = 30;
const LONG_ROUNDS_MAX = 3;
const TRIAL_ROUNDS = 2;
const RATES_MAX = 8;
/** The share of the window that a sender has to fill for the window to count as used. */
const USED_SHARE = 0.7;
/** The engine's figures cost as much as a packet, and are soon outdated. */
const SAMPLE_MIN_MS = 10;
const SAMPLE_MAX_MS = 100;
/** The pace is computed with a round trip of at most so many times the shortest one. */
const PACED_RTT_MAX = 4;
/** The largest write that counts as small; and the share of the window that small writes may owe. */
const SMALL_SIZE_MAX = 4_096;
const DEBT_SHARE = 0.25;
/** The period of the shortest round trip, as long as that in which BBR empties the path. */
const BASE_PERIOD_MS = 10_000;
/** A burst makes up for a timer that is at most this late, as on a busy machine where a process waits for its turn. */
const BURST_MS = 20;
const BURST_MIN = 16 * 1024;
