import type { Range } from "./range-set.ts";
import {
  ACK_DELAY_MS_MAX,
  GRANULARITY_MS,
  INITIAL_RTT_MS,
  PROBE_DOUBLINGS_MAX,
  REORDERING_MAX,
  WINDOW_MAX,
  WINDOW_PACKETS_FIRST,
  WINDOW_PACKETS_MIN,
} from "./limits.ts";

/** Something that was sent in a packet, and has to arrive. May be called more than once, and `handleLost` before the other. */
export interface SentFrame {
  handleAcknowledged(): void;
  /** The frame is lost, and has to be sent again. */
  handleLost(): void;
}

/** A frame that nobody waits for, but that is sent again when it is lost. */
export function repeated(handleLost: () => void): SentFrame {
  return { handleAcknowledged: () => {}, handleLost };
}

/** A frame that is not sent again. */
export const forgotten: SentFrame = { handleAcknowledged: () => {}, handleLost: () => {} };

interface SentPacket {
  readonly number: number;
  readonly size: number;
  readonly sentAt: number;
  readonly frames: readonly SentFrame[];
  /** Bytes that had been acknowledged when it was sent, and when the last of them were. */
  readonly deliveredBefore: number;
  readonly deliveredAt: number;
}

/** RFC 9002, with one packet number space: what is under way, when it is lost, and how much may be (NewReno). */
export class Recovery {
  packetsLost = 0;
  congestionWindow: number;
  /** In bytes per second. */
  deliveryRate = 0;
  inFlight = 0;
  readonly #packetSize: number;
  readonly #initialRttMs: number;
  /** Packets that ask for an acknowledgement, in the order of their numbers. */
  readonly #sent = new Map<number, SentPacket>();
  #slowStartMax = Infinity;
  #recoveryStart = -Infinity;
  /** The shortest one so far; 0 before any. */
  minRttMs = 0;
  #smoothed: number | undefined;
  #variation: number;
  #latest: number;
  #largestAcknowledged = -1;
  #lossAt = Infinity;
  #lastSentAt = 0;
  #probeCount = 0;
  /** Packets that may leave though the window is full. */
  #probes = 0;
  #delivered = 0;
  #deliveredAt = 0;

  /** @param initialRttMs What a round trip is taken for until one is measured, if that is longer than the guess. */
  constructor(packetSize: number, initialRttMs = 0) {
    this.#packetSize = packetSize;
    this.#initialRttMs = Math.max(INITIAL_RTT_MS, initialRttMs);
    this.#variation = this.#initialRttMs / 2;
    this.#latest = this.#initialRttMs;
    this.congestionWindow = WINDOW_PACKETS_FIRST * packetSize;
  }

  get rttMs(): number {
    return this.#smoothed ?? this.#initialRttMs;
  }

  /** The probe timeout without backing off (RFC 9002, 6.2.1). */
  get probeTimeout(): number {
    return this.rttMs + Math.max(4 * this.#variation, GRANULARITY_MS) + ACK_DELAY_MS_MAX;
  }

  get hasRoom(): boolean {
    return this.inFlight < this.congestionWindow || this.#probes > 0;
  }

  /** A probe is due, whether there is anything to be sent or not. */
  get isProbeDue(): boolean {
    return this.#probes > 0;
  }

  handleSent(number: number, size: number, frames: readonly SentFrame[], now: number): void {
    if (this.#sent.size === 0) this.#deliveredAt = now;
    const { deliveredBefore, deliveredAt } = { deliveredBefore: this.#delivered, deliveredAt: this.#deliveredAt };
    this.#sent.set(number, { number, size, sentAt: now, frames, deliveredBefore, deliveredAt });
    this.inFlight += size;
    this.#lastSentAt = now;
    this.#probes = Math.max(0, this.#probes - 1);
  }

  handleAcknowledgement(ranges: readonly Range[], delayMs: number, now: number): void {
    const largest = (ranges.at(-1)?.end ?? 0) - 1;
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, largest);
    let newest: SentPacket | undefined;
    let at = 0;
    for (const packet of this.#sent.values()) {
      if (packet.number > largest) break;
      while (ranges[at]!.end <= packet.number) at++;
      if (packet.number < ranges[at]!.start) continue;
      newest = packet;
      this.#handleDelivered(packet, now);
    }
    if (newest === undefined) return;
    if (newest.number === largest) this.#sample(now - newest.sentAt, delayMs);
    this.#measure(newest, now);
    this.#probeCount = 0;
    this.#probes = 0;
    this.#findLost(now);
  }

  /** RFC 9002, 6.2.4: what was sent longest ago leaves again, in two packets at most. */
  handleTimeout(now: number): void {
    if (now < this.nextTimeout()) return;
    if (now >= this.#lossAt) return this.#findLost(now);
    this.#probeCount++;
    this.#probes = 2;
    let count = 0;
    for (const { frames } of this.#sent.values()) {
      for (const frame of frames) frame.handleLost();
      if (++count === this.#probes) return;
    }
  }

  nextTimeout(): number {
    if (this.#lossAt !== Infinity) return this.#lossAt;
    if (this.#sent.size === 0) return Infinity;
    return this.#lastSentAt + this.probeTimeout * 2 ** Math.min(this.#probeCount, PROBE_DOUBLINGS_MAX);
  }

  /** All that is under way has arrived, or does not matter any more (RFC 9002, 6.4). */
  forget(): void {
    for (const { frames } of this.#sent.values()) for (const frame of frames) frame.handleAcknowledged();
    this.#sent.clear();
    this.inFlight = 0;
    this.#lossAt = Infinity;
    this.#probeCount = 0;
    this.#probes = 0;
  }

  /** All that is under way was for nothing: it leaves again at once. */
  restart(): void {
    const lost = [...this.#sent.values()];
    this.#sent.clear();
    this.inFlight = 0;
    this.#probeCount = 0;
    for (const { frames } of lost) for (const frame of frames) frame.handleLost();
  }

  #handleDelivered(packet: SentPacket, now: number): void {
    this.#sent.delete(packet.number);
    this.inFlight -= packet.size;
    this.#delivered += packet.size;
    this.#deliveredAt = now;
    for (const frame of packet.frames) frame.handleAcknowledged();
    if (packet.sentAt <= this.#recoveryStart) return;
    const isSlowStart = this.congestionWindow < this.#slowStartMax;
    const more = isSlowStart ? packet.size : (this.#packetSize * packet.size) / this.congestionWindow;
    this.congestionWindow = Math.min(WINDOW_MAX, Math.ceil(this.congestionWindow + more));
  }

  /** RFC 9002, 5.3. */
  #sample(latest: number, delayMs: number): void {
    this.#latest = latest;
    this.minRttMs = this.#smoothed === undefined ? latest : Math.min(this.minRttMs, latest);
    if (this.#smoothed === undefined) {
      this.#smoothed = latest;
      this.#variation = latest / 2;
      return;
    }
    const adjusted = Math.max(0, latest - Math.min(delayMs, ACK_DELAY_MS_MAX));
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - adjusted);
    this.#smoothed = 0.875 * this.#smoothed + 0.125 * adjusted;
  }

  #measure(packet: SentPacket, now: number): void {
    const elapsed = now - packet.deliveredAt;
    if (elapsed > 0) this.deliveryRate = (1000 * (this.#delivered - packet.deliveredBefore)) / elapsed;
  }

  /** RFC 9002, 6.1. */
  #findLost(now: number): void {
    this.#lossAt = Infinity;
    const delay = Math.max(GRANULARITY_MS, (9 / 8) * Math.max(this.rttMs, this.#latest));
    for (const packet of this.#sent.values()) {
      if (packet.number > this.#largestAcknowledged) break;
      const isLost = packet.number <= this.#largestAcknowledged - REORDERING_MAX || packet.sentAt + delay <= now;
      if (isLost) this.#handleLost(packet, now);
      else this.#lossAt = Math.min(this.#lossAt, packet.sentAt + delay);
    }
  }

  #handleLost(packet: SentPacket, now: number): void {
    this.#sent.delete(packet.number);
    this.inFlight -= packet.size;
    this.packetsLost++;
    for (const frame of packet.frames) frame.handleLost();
    if (packet.sentAt <= this.#recoveryStart) return;
    this.#recoveryStart = now;
    this.congestionWindow = Math.max(WINDOW_PACKETS_MIN * this.#packetSize, Math.floor(this.congestionWindow / 2));
    this.#slowStartMax = this.congestionWindow;
  }
}
