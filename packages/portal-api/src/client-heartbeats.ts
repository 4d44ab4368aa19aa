import { HEARTBEAT_INTERVAL_MS } from "./limits.ts";
import { RepeatedHeartbeat } from "./repeated-heartbeat.ts";

/** The signs of life of a portal at its cluster vertex: when ours is due, and which heartbeat of the link vertex is no news. */
export class ClientHeartbeats {
  readonly #repeated: RepeatedHeartbeat | undefined;
  #at = Infinity;
  /** The link vertex's last heartbeat in this attachment, where the port takes note of it. */
  #heard: { readonly bytes: Uint8Array; readonly generation: bigint } | undefined;

  constructor(isPortRepeating: boolean) {
    this.#repeated = isPortRepeating ? new RepeatedHeartbeat() : undefined;
  }

  /** When the next heartbeat is due; `Infinity`: never. */
  get at(): number {
    return this.#at;
  }

  /** Makes a heartbeat due now, even if it is like the last one. */
  beat(now: number): void {
    this.#at = Math.min(this.#at, now);
  }

  /** Sends no more heartbeats: no link vertex is there to hear them. */
  stop(): void {
    this.#at = Infinity;
  }

  /** The heartbeat to be sent now, if there is one. A repeating port gets it by `poll`. */
  pump(now: number, make: () => Uint8Array): Uint8Array | undefined {
    const isDue = now >= this.#at;
    if (this.#repeated === undefined) {
      if (isDue) this.#at = now + HEARTBEAT_INTERVAL_MS;
      return isDue ? make() : undefined;
    }
    if (isDue) {
      this.#at = Infinity;
      this.#repeated.forget();
    }
    this.#repeated.set(make());
    return undefined;
  }

  /** The heartbeat that a repeating port is to send now, and again each `HEARTBEAT_INTERVAL_MS`; undefined: the port has it. */
  poll(): Uint8Array | undefined {
    return this.#repeated?.poll();
  }

  /** A heartbeat of the link vertex has come, with the generation of its link table. */
  handleHeard(bytes: Uint8Array, generation: bigint): void {
    if (this.#repeated !== undefined) this.#heard = { bytes: Uint8Array.from(bytes), generation };
  }

  /** The attachment has ended. */
  forgetHeard(): void {
    this.#heard = undefined;
  }

  /** The link vertex's last heartbeat, if it told of no generation beyond this one. */
  knownUpTo(generation: bigint): Uint8Array | undefined {
    return this.#heard === undefined || this.#heard.generation > generation ? undefined : this.#heard.bytes;
  }
}
