import type { Random, Scheduler } from "@florenetes/simkit";
import { Pacer } from "../../../src/transport/streams/pacer.ts";

const packetSize = 4_096;

/** A path with one queue, which is never full. Rates are in bytes per millisecond, times in milliseconds. */
export class Path {
  rate: number;
  baseRtt: number;
  /** Each packet's round trip is longer by up to this many milliseconds. */
  jitter = 0;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  #freeAt = 0;
  #lastAt = 0;

  constructor(scheduler: Scheduler, random: Random, rate: number, baseRtt: number) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.rate = rate;
    this.baseRtt = baseRtt;
  }

  /** How long a packet that came now would wait. */
  get queueMs(): number {
    return Math.max(0, this.#freeAt - this.#scheduler.now);
  }

  /** Keeps the order, as a socket does. */
  send(acknowledge: () => void): void {
    this.#freeAt = Math.max(this.#freeAt, this.#scheduler.now) + packetSize / this.rate;
    this.#lastAt = Math.max(this.#lastAt, this.#freeAt + this.baseRtt + this.#random.next() * this.jitter);
    this.#scheduler.at(this.#lastAt, acknowledge);
  }
}

/** How much BBR lets be under way (draft-cardwell-iccrg-bbr-congestion-control-00): two bandwidth-delay products, more in its
 *  start; and next to nothing for a while when it has not seen a shorter round trip for long. */
class Bbr {
  /** The highest rates of this and the last ten round trips. */
  #rates: number[] = [0];
  #roundAt = 0;
  #minRtt = Number.POSITIVE_INFINITY;
  #minRttAt = 0;
  #probeUntil = 0;
  #isStarting = true;
  #fullRate = 0;
  #fullRounds = 0;

  handleAcknowledged(rtt: number, rate: number, now: number): void {
    this.#rates[0] = Math.max(this.#rates[0]!, rate);
    const isOld = now > this.#minRttAt + 10_000;
    if (isOld) this.#probeUntil = now + 200 + rtt;
    if (rtt <= this.#minRtt || isOld) {
      this.#minRtt = rtt;
      this.#minRttAt = now;
    }
    if (now < this.#roundAt + rtt) return;
    this.#roundAt = now;
    const best = Math.max(...this.#rates);
    this.#fullRounds = best < 1.25 * this.#fullRate ? this.#fullRounds + 1 : 0;
    if (this.#fullRounds === 0) this.#fullRate = best;
    if (this.#fullRounds === 3) this.#isStarting = false;
    this.#rates.unshift(0);
    this.#rates.length = Math.min(this.#rates.length, 11);
  }

  window(now: number): number {
    if (now < this.#probeUntil) return 4 * packetSize;
    if (this.#minRtt === Number.POSITIVE_INFINITY) return 10 * packetSize;
    return Math.max(10 * packetSize, (this.#isStarting ? 2.89 : 2) * Math.max(...this.#rates) * this.#minRtt);
  }
}

/** A sender that asks its pacer, and reckons as an engine does: a smoothed round trip (RFC 9002, 5.3), told in whole
 *  milliseconds, and the delivery rate of the last packet (draft-cheng-iccrg-delivery-rate-estimation). */
export class Flow {
  delivered = 0;
  readonly #scheduler: Scheduler;
  readonly #path: Path;
  readonly #pacer = new Pacer();
  /** Bytes that the workload has still to send. */
  #left: number;
  readonly #bbr = new Bbr();
  #inFlight = 0;
  #srtt = 0;
  #deliveryRate = 0;
  #deliveredAt = 0;
  #firstSentAt = 0;
  #isTimed = false;

  constructor(scheduler: Scheduler, path: Path, bytes: number = Number.POSITIVE_INFINITY) {
    this.#scheduler = scheduler;
    this.#path = path;
    this.#left = bytes;
    this.#srtt = path.baseRtt + path.queueMs;
    this.#deliveredAt = scheduler.now;
    this.#firstSentAt = scheduler.now;
    this.#send();
  }

  /** Gives the workload more to send. */
  add(bytes: number): void {
    this.#left += bytes;
    this.#send();
  }

  #send(): void {
    const { now } = this.#scheduler;
    const inFlightMax = this.#bbr.window(now);
    while (this.#left > 0 && this.#inFlight + packetSize <= inFlightMax) {
      if (this.#pacer.isSampleDue(now)) {
        this.#pacer.handleSample(Math.floor(this.#srtt), this.#deliveryRate * 1_000, now);
      }
      if (this.#pacer.earn(now) <= 0) return this.#wait(now);
      this.#pacer.handleSent(packetSize);
      this.#sendPacket(now);
    }
  }

  #wait(now: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#scheduler.at(this.#pacer.nextTime(now), () => {
      this.#isTimed = false;
      this.#send();
    });
  }

  #sendPacket(sentAt: number): void {
    if (this.#inFlight === 0) this.#firstSentAt = this.#deliveredAt = sentAt;
    const { delivered } = this;
    const deliveredAt = this.#deliveredAt;
    const firstSentAt = this.#firstSentAt;
    this.#left -= packetSize;
    this.#inFlight += packetSize;
    this.#path.send(() => {
      const { now } = this.#scheduler;
      this.#inFlight -= packetSize;
      this.delivered += packetSize;
      const interval = Math.max(now - deliveredAt, sentAt - firstSentAt);
      this.#deliveryRate = (this.delivered - delivered) / Math.max(1, interval);
      this.#deliveredAt = now;
      this.#firstSentAt = sentAt;
      this.#bbr.handleAcknowledged(now - sentAt, this.#deliveryRate, now);
      this.#srtt += (now - sentAt - this.#srtt) / 8;
      this.#send();
    });
  }
}
