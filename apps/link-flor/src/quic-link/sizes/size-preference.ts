import { nextRound } from "@florenetes/scheduling";
import {
  LINK_MTU,
  PREFERENCE_MIN,
  PREFERENCE_IDLE_INTERVAL_MS,
  PREFERENCE_INTERVAL_MS,
  PREFERENCE_LOSS_MAX,
  PREFERENCE_MEMORY_MS,
  PREFERENCE_MEMORY_PACKETS,
  PREFERENCE_RAISE_PACKETS,
  PREFERENCE_SERIALIZE_MS,
  PREFERENCE_STEPS,
  PREFERENCE_WAIT_MAX_MS,
  PREFERENCE_WAIT_MS,
  QUIET_LOOK_MS_MAX,
  QUIET_TRAIN_PACKETS,
  TRAIN_INTERVAL_MS,
  TRAIN_REPEAT_MS,
  TRAIN_RETRY_MS,
  TRAINS_KEPT,
} from "../limits.ts";
import { pieceCount, WHOLE_HEADER_LENGTH } from "../packets/pieces.ts";

export interface SizePreferenceOptions {
  /** No size of more pieces is preferred. */
  readonly piecesMax: number;
  /** The pause between two signs of life of a quiet link, which has no trains while nothing is sent; 0: the link is not quiet. */
  readonly quietMs: number;
}

/** A count of losses is significant when it is above the expected one by this many standard deviations. */
const CERTAINTY = 3;

/**
 * Chooses the packet size that a link prefers at present, between what fits one datagram and the largest. It performs no I/O.
 *
 * **Loss**: a packet in pieces is lost with any of them. A size is left at once when the loss of its packets is significantly above
 * a bound. Larger sizes are taken again step by step while the loss is clearly below it, after a wait that doubles whenever that was
 * in vain. **Speed**: a packet should not keep the medium busy for longer than a small one can wait. Trains tell the speed: they are
 * packets of the largest size, and the other end says how long their pieces took to arrive.
 */
export class SizePreference {
  readonly #quietMs: number;
  /** Sizes, largest first; the last one goes whole, or is the smallest that is preferred. */
  readonly #steps: readonly number[];
  /** The number of pieces of each size. */
  readonly #pieces: readonly number[];
  #lossStep = 0;
  #speedStep: number;

  // Recent packets and losses: both counts fade.
  #sent = 0;
  #lost = 0;
  #sentBefore = 0;
  #lostBefore = 0;
  #countedAt: number;
  /** When packets and losses are counted again. */
  #countAt: number;
  #changedAt: number;
  #sentSinceChange = 0;
  #raisedAt = -Infinity;
  #waitMs = PREFERENCE_WAIT_MS;

  /** Bytes in a millisecond, by the last trains. */
  readonly #speeds: number[] = [];
  #slowTrains = 0;
  #trainAt: number;
  /** QUIC packets that had been sent when a train told the speed last; -Infinity: none has. */
  #sentAtTrain = -Infinity;

  /**
   * @param wholeMax What fits one datagram.
   */
  constructor(wholeMax: number, { piecesMax, quietMs }: SizePreferenceOptions, now: number) {
    this.#quietMs = quietMs;
    const pieces = (size: number): number => pieceCount(size, wholeMax + WHOLE_HEADER_LENGTH);
    const isPossible = (size: number): boolean => size > wholeMax && pieces(size) <= piecesMax;
    const last = Math.max(wholeMax, PREFERENCE_MIN);
    this.#steps = [...PREFERENCE_STEPS.flatMap((sizes) => sizes.find(isPossible) ?? []), last];
    this.#pieces = this.#steps.map(pieces);
    this.#speedStep = this.#steps.length - 1;
    this.#countedAt = now;
    this.#countAt = now + PREFERENCE_INTERVAL_MS;
    this.#changedAt = now;
    this.#trainAt = now + TRAIN_REPEAT_MS;
  }

  /**
   * Takes what another session over the same path has found out: it holds until it is found out anew. A session that began from
   * nothing would prefer the size that goes whole whenever its first train was lost, and all users of the path would have to
   * follow each time that a link is renewed.
   */
  handleFormer(former: SizePreference): void {
    // With another UDP payload the steps are other sizes.
    if (former.#steps.at(-1) !== this.#steps.at(-1)) return;
    this.#lossStep = former.#lossStep;
    this.#sent = former.#sent;
    this.#lost = former.#lost;
    this.#countedAt = former.#countedAt;
    this.#changedAt = former.#changedAt;
    this.#sentSinceChange = former.#sentSinceChange;
    this.#raisedAt = former.#raisedAt;
    this.#waitMs = former.#waitMs;
    this.#speeds.unshift(...former.#speeds);
    this.#judgeSpeeds();
  }

  get size(): number {
    return this.#steps[Math.max(this.#lossStep, this.#speedStep)]!;
  }

  /** A train of so many bytes arrived, its pieces within so many milliseconds (0: too little to measure). */
  handleTrain(size: number, spreadMs: number, now: number): void {
    this.#speeds.push(size / spreadMs);
    this.#judgeSpeeds();
    const isSlow = (size / spreadMs) * PREFERENCE_SERIALIZE_MS < this.#steps[0]!;
    this.#slowTrains = isSlow ? this.#slowTrains + 1 : 0;
    // A slow train may have waited for a processor: others follow soon, and the fastest of them counts.
    const isKnown = !isSlow || this.#slowTrains >= TRAINS_KEPT;
    if (isKnown) this.#sentAtTrain = this.#sentBefore;
    if (!isSlow) this.#trainAt = now + TRAIN_INTERVAL_MS;
    else this.#trainAt = now + (isKnown ? TRAIN_RETRY_MS : TRAIN_REPEAT_MS);
  }

  /** The size of a train that should be sent now; 0: none. */
  pollTrain(now: number): number {
    if (now < this.#trainAt) return 0;
    this.#trainAt = this.#isSpared ? Infinity : now + TRAIN_RETRY_MS;
    if (this.#isSpared) return 0;
    // A slow medium is not kept busy for longer than it takes to measure it.
    const isSlow = this.#speeds.length > 0 && this.#speedStep === this.#steps.length - 1;
    return isSlow ? LINK_MTU / 2 : LINK_MTU;
  }

  /** Whether it is time for `handleCounts`. */
  isDue(now: number): boolean {
    return now >= this.#countAt;
  }

  /** Takes how many QUIC packets of the session have been sent, and lost, so far. */
  handleCounts(sent: number, lost: number, now: number): void {
    const newSent = sent - this.#sentBefore;
    const newLost = lost - this.#lostBefore;
    let keep = Math.exp((this.#countedAt - now) / PREFERENCE_MEMORY_MS);
    if (this.#sent * keep > PREFERENCE_MEMORY_PACKETS) keep = PREFERENCE_MEMORY_PACKETS / this.#sent;
    this.#sent = this.#sent * keep + newSent;
    this.#lost = this.#lost * keep + newLost;
    this.#sentBefore = sent;
    this.#lostBefore = lost;
    this.#sentSinceChange += newSent;
    this.#countedAt = now;
    this.#countAt = now + PREFERENCE_INTERVAL_MS;
    const step = this.#steps.findIndex((_, i) => !this.#isTooMuchLost(i));
    if (step > this.#lossStep) this.#lower(step, now);
    else if (this.#mayRaise(now)) this.#raise(now);
    if (this.#trainAt === Infinity && !this.#isSpared) this.#trainAt = now;
  }

  /** Nothing was sent since the last count: an idle process need not wake up for counts as often. */
  handleIdle(now: number): void {
    this.#countedAt = now;
    this.#countAt = nextRound(now, Math.max(PREFERENCE_IDLE_INTERVAL_MS, Math.min(this.#quietMs, QUIET_LOOK_MS_MAX)));
    if (this.#quietMs > 0) this.#trainAt = Math.max(this.#trainAt, this.#countAt);
  }

  nextTimeout(): number {
    return Math.min(this.#trainAt, this.#countAt);
  }

  /** Whether a quiet link has sent little since its speed is known: signs of life and a letter now and then are no reason to keep a device awake. */
  get #isSpared(): boolean {
    return this.#quietMs > 0 && this.#sentBefore < this.#sentAtTrain + QUIET_TRAIN_PACKETS;
  }

  #judgeSpeeds(): void {
    this.#speeds.splice(0, this.#speeds.length - TRAINS_KEPT);
    if (this.#speeds.length === 0) return;
    const allowed = Math.max(...this.#speeds) * PREFERENCE_SERIALIZE_MS;
    const step = this.#steps.findIndex((each) => each <= allowed);
    this.#speedStep = step < 0 ? this.#steps.length - 1 : step;
  }

  #isTooMuchLost(step: number): boolean {
    if (step === this.#steps.length - 1) return false;
    const expected = (this.#sent * PREFERENCE_LOSS_MAX) / this.#pieces[step]!;
    return this.#lost > expected + CERTAINTY * Math.sqrt(expected) + 1;
  }

  #mayRaise(now: number): boolean {
    if (this.#lossStep === 0 || now - this.#changedAt < this.#waitMs) return false;
    if (this.#sentSinceChange < PREFERENCE_RAISE_PACKETS) return false;
    return this.#lost <= (this.#sent * PREFERENCE_LOSS_MAX) / this.#pieces[this.#lossStep - 1]! / 2;
  }

  #lower(step: number, now: number): void {
    const wasInVain = now - this.#raisedAt < PREFERENCE_WAIT_MAX_MS;
    this.#waitMs = wasInVain ? Math.min(2 * this.#waitMs, PREFERENCE_WAIT_MAX_MS) : PREFERENCE_WAIT_MS;
    this.#change(step, now);
  }

  #raise(now: number): void {
    this.#raisedAt = now;
    this.#change(this.#lossStep - 1, now);
  }

  #change(step: number, now: number): void {
    this.#lossStep = step;
    this.#changedAt = now;
    this.#sentSinceChange = 0;
  }
}
