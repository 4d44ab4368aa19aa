import { HeartbeatPace, silentAfter } from "./heartbeat-pace.ts";
import { HEARTBEAT_INTERVAL_MS } from "./limits.ts";
import { PatientDeadline } from "./patient-deadline.ts";
import { type PacedHeartbeat, RepeatedHeartbeat } from "./repeated-heartbeat.ts";

/** The signs of life of a portal at its cluster vertex: when ours is due, and which heartbeat of the link vertex is no news. */
export class ClientHeartbeats {
  readonly #repeated: RepeatedHeartbeat | undefined;
  readonly #pace = new HeartbeatPace();
  /** When the link vertex is taken for gone. */
  readonly #silence = new PatientDeadline();
  #at = Infinity;
  /** The link vertex's last heartbeat in this attachment, where the port takes note of it. */
  #heard: { readonly bytes: Uint8Array; readonly generation: bigint } | undefined;

  constructor(isPortRepeating: boolean) {
    this.#repeated = isPortRepeating ? new RepeatedHeartbeat() : undefined;
  }

  /** When `pump` or `pollSilence` is due; `Infinity`: never. */
  get at(): number {
    return Math.min(this.#at, this.#silence.at, this.#repeated === undefined ? Infinity : this.#pace.changesAt);
  }

  /** Our heartbeats say that the next one comes within so many milliseconds. */
  get intervalMs(): number {
    return this.#pace.told;
  }

  get isQuiet(): boolean {
    return this.#pace.told > HEARTBEAT_INTERVAL_MS;
  }

  /** The link vertex has said something at that time, in an attachment that goes on. */
  handleSign(at: number): void {
    const until = at + silentAfter(this.#pace.told);
    if (this.#silence.at === Infinity || until > this.#silence.at) this.#silence.set(until);
  }

  /** For how long the link vertex has said nothing, in milliseconds, if that is too long: once. 0: it goes on. */
  pollSilence(now: number): number {
    return this.#silence.hasPassed(now) ? silentAfter(this.#pace.told) : 0;
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
      this.#silence.clear();
      this.beat(now);
    }
    if (this.#repeated !== undefined) this.#heard = { bytes: Uint8Array.from(bytes), generation };
  }

  /** The attachment has ended. */
  handleLost(now: number): void {
    this.#silence.clear();
    this.#pace.set(HEARTBEAT_INTERVAL_MS, now);
    this.#heard = undefined;
  }

  /** The link vertex's last heartbeat, if it told of no generation beyond this one. */
  knownUpTo(generation: bigint): Uint8Array | undefined {
    return this.#heard === undefined || this.#heard.generation > generation ? undefined : this.#heard.bytes;
  }
}
