/** Seconds whose bytes a link may send at once, at its rate. */
const BURST_S = 0.05;

/** Packets that wait for a link, bounded in bytes and in time, and limited to a rate. The oldest make room. */
export class PacketQueue {
  /** The rate in bits per second; undefined: no limit. */
  rate: number | undefined;
  readonly #sizeMax: number;
  readonly #waitMaxMs: number;
  readonly #waiting: { readonly at: number; readonly packet: Uint8Array }[] = [];
  #size = 0;
  #budget = 0;
  #budgetAt = 0;

  constructor(sizeMax: number, waitMaxMs: number) {
    this.#sizeMax = sizeMax;
    this.#waitMaxMs = waitMaxMs;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(packet: Uint8Array, now: number): void {
    this.#waiting.push({ at: now, packet });
    this.#size += packet.length;
    while (this.#size > this.#sizeMax) this.#shift();
  }

  /** Takes packets of about `size` bytes together, and at least one, if there is one and the rate permits it. */
  take(size: number, now: number): Uint8Array[] {
    while (this.#waiting.length > 0 && now - this.#waiting[0]!.at > this.#waitMaxMs) this.#shift();
    const taken: Uint8Array[] = [];
    for (let left = Math.min(size, this.#permitted(now)); this.#waiting.length > 0 && left > 0;) {
      const packet = this.#shift();
      left -= packet.length;
      this.#budget -= packet.length;
      taken.push(packet);
    }
    return taken;
  }

  /** Bytes that may leave now. A larger packet leaves all the same, and later ones wait for it. */
  #permitted(now: number): number {
    if (this.rate === undefined) return Infinity;
    const perSecond = this.rate / 8;
    this.#budget = Math.min(this.#budget + ((now - this.#budgetAt) / 1_000) * perSecond, BURST_S * perSecond);
    this.#budgetAt = now;
    return this.#budget;
  }

  #shift(): Uint8Array {
    const { packet } = this.#waiting.shift()!;
    this.#size -= packet.length;
    return packet;
  }
}
