import { HeartbeatPace, silentAfter } from "./heartbeat-pace.ts";
import { HEARTBEAT_INTERVAL_MS } from "./limits.ts";
import { type PacedHeartbeat, RepeatedHeartbeat } from "./repeated-heartbeat.ts";

/** The signs of life of a portal at its cluster vertex: when ours is due, and which heartbeat of the link vertex is no news. */
export class ClientHeartbeats {
  readonly #repeated: RepeatedHeartbeat | undefined;
  readonly #pace = new HeartbeatPace();
  #at = Infinity;
  /** The link vertex's last heartbeat in this attachment, where the port takes note of it. */
  #heard: { readonly bytes: Uint8Array; readonly generation: bigint } | undefined;

  constructor(isPortRepeating: boolean) {
    this.#repeated = isPortRepeating ? new RepeatedHeartbeat() : undefined;
  }

  /** When `pump` is due; `Infinity`: never. */
  get at(): number {
    return this.#repeated === undefined ? this.#at : Math.min(this.#at, this.#pace.changesAt);
  }

  /** What our heartbeats say of the next one. */
  get intervalMs(): number {
    return this.#pace.told;
  }

  get isQuiet(): boolean {
    return this.#pace.told > HEARTBEAT_INTERVAL_MS;
  }

  /** How long the link vertex says nothing until it is taken for gone. */
  get silentAfterMs(): number {
    return silentAfter(this.#pace.told);
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
      if (isDue) this.#at = now + this.#pace.interval(now);
      return isDue ? make() : undefined;
    }
    if (isDue) {
      this.#at = Infinity;
      this.#repeated.forget();
    }
    this.#repeated.set(make(), this.#pace.interval(now));
    return undefined;
  }

  /** The heartbeat that a repeating port is to send now, and again at its pace; undefined: the port has it. */
  poll(): PacedHeartbeat | undefined {
    return this.#repeated?.poll();
  }

  /** A heartbeat of the link vertex has come, with the generation of its link table. Our own ones have its pace from now on. */
  handleHeard(
    bytes: Uint8Array,
    {
      generation,
      intervalMs = HEARTBEAT_INTERVAL_MS,
    }: { readonly generation: bigint; readonly intervalMs?: number | undefined },
    now: number,
  ): void {
    if (intervalMs !== this.#pace.told) {
      this.#pace.set(intervalMs, now);
      this.beat(now);
    }
    if (this.#repeated !== undefined) this.#heard = { bytes: Uint8Array.from(bytes), generation };
  }

  /** The attachment has ended. */
  forgetHeard(now: number): void {
    this.#pace.set(HEARTBEAT_INTERVAL_MS, now);
    this.#heard = undefined;
  }

  /** The link vertex's last heartbeat, if it told of no generation beyond this one. */
  knownUpTo(generation: bigint): Uint8Array | undefined {
    return this.#heard === undefined || this.#heard.generation > generation ? undefined : this.#heard.bytes;
  }
}
