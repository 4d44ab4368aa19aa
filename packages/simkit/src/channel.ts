import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** Faults that a message may meet. They may be changed while the simulation runs. */
export interface ChannelFaults {
  /** Each message gets a delay of its own, so a range reorders them. */
  delayMsMin: number;
  delayMsMax: number;
  lossProbability: number;
  duplicateProbability: number;
  /** Keeps the order in spite of different delays, as a Unix datagram socket does. */
  keepsOrder: boolean;
  /** Nothing that is sent meanwhile arrives. */
  isCut: boolean;
  /** How fast it carries messages, which have to be bytes: the next one leaves when the one before has left. */
  bytesPerMs: number;
  /** A message that would wait for longer before it leaves is lost. */
  waitMsMax: number;
}

export interface ChannelCounters {
  sent: number;
  lost: number;
  duplicated: number;
  delivered: number;
}

/** A direction between two simulated ends. Faults that are not given do not happen. */
export class Channel<Message> {
  readonly faults: ChannelFaults;
  readonly counters: ChannelCounters = { sent: 0, lost: 0, duplicated: 0, delivered: 0 };
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #deliver: (message: Message) => void;
  #lastArrival = 0;
  /** When the last message will have left. */
  #busyUntil = 0;

  constructor(
    scheduler: Scheduler,
    random: Random,
    faults: Partial<ChannelFaults>,
    deliver: (message: Message) => void,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#deliver = deliver;
    this.faults = {
      delayMsMin: 0,
      delayMsMax: faults.delayMsMin ?? 0,
      lossProbability: 0,
      duplicateProbability: 0,
      keepsOrder: false,
      isCut: false,
      bytesPerMs: Infinity,
      waitMsMax: Infinity,
      ...faults,
    };
  }

  /** The message is kept as it is: a sender that uses a buffer again passes a copy. */
  send(message: Message): void {
    this.counters.sent++;
    const { isCut, lossProbability, waitMsMax } = this.faults;
    const waitMs = this.#busyUntil - this.#scheduler.now;
    if (isCut || this.#random.chance(lossProbability) || waitMs > waitMsMax) {
      this.counters.lost++;
      return;
    }
    this.#deliverLater(message);
    if (this.#random.chance(this.faults.duplicateProbability)) {
      this.counters.duplicated++;
      this.#deliverLater(message instanceof Uint8Array ? (message.slice() as Message) : message);
    }
  }

  #deliverLater(message: Message): void {
    const { delayMsMin, delayMsMax, keepsOrder, bytesPerMs } = this.faults;
    this.#busyUntil = Math.max(this.#busyUntil, this.#scheduler.now);
    if (message instanceof Uint8Array) this.#busyUntil += message.length / bytesPerMs;
    let arrival = this.#busyUntil + delayMsMin + this.#random.next() * (delayMsMax - delayMsMin);
    if (keepsOrder) arrival = Math.max(arrival, this.#lastArrival);
    this.#lastArrival = Math.max(arrival, this.#lastArrival);
    this.#scheduler.at(arrival, () => {
      this.counters.delivered++;
      this.#deliver(message);
    });
  }
}
