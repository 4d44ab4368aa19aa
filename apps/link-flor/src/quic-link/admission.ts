import { RateLimit } from "@florenetes/process-kit";
import {
  halfOpenMax,
  halfOpenPerSourceMax,
  newConnectionsBurst,
  newConnectionsPerSecond,
  sourcesMax,
} from "./limits.ts";

interface Source {
  halfOpen: number;
  readonly rate: RateLimit;
}

/**
 * Decides whether a stranger, whose address is validated, may start a handshake. No one source can take all places, and what is
 * remembered of sources is bounded.
 */
export class Admission {
  /** In the order of their last handshake: the first is the one that was quiet for longest. */
  readonly #sources = new Map<string, Source>();
  #halfOpen = 0;

  get halfOpen(): number {
    return this.#halfOpen;
  }

  /** True: a place is taken, which `release` gives back when the connection has become a link or is gone. */
  admit(host: string, now: number): boolean {
    const key = sourceOf(host);
    const source = this.#sources.get(key) ?? {
      halfOpen: 0,
      rate: new RateLimit(newConnectionsBurst, newConnectionsPerSecond, now),
    };
    this.#sources.delete(key);
    this.#sources.set(key, source);
    this.#forgetOldest();
    if (this.#halfOpen >= halfOpenMax || source.halfOpen >= halfOpenPerSourceMax || !source.rate.take(now))
      return false;
    source.halfOpen++;
    this.#halfOpen++;
    return true;
  }

  release(host: string): void {
    this.#halfOpen--;
    const source = this.#sources.get(sourceOf(host));
    if (source !== undefined) source.halfOpen--;
  }

  #forgetOldest(): void {
    if (this.#sources.size <= sourcesMax) return;
    // Those with half-open connections are at most `halfOpenMax`, so one without is found soon.
    for (const [key, source] of this.#sources) {
      if (source.halfOpen > 0) continue;
      this.#sources.delete(key);
      return;
    }
  }
}

/** One IPv4 address, or the /64 of an IPv6 address: what one customer has. */
function sourceOf(host: string): string {
  if (!host.includes(":") || host.toLowerCase().startsWith("::ffff:")) return host;
  const [head = "", tail] = host.split("%")[0]!.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined
      ? front
      : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
  return groups.slice(0, 4).join(":");
}
