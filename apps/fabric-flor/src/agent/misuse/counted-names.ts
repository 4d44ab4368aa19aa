/**
 * Names of one sort with their misuse of one kind: bounded, the one that was counted longest ago makes room for another. A name that is slowed never does, and one that was slowed within the last
 * day does so behind all others: a flood of names frees nobody. Times are monotonic milliseconds. Pure.
 */
import { HourCount } from "./hour-count.ts";
import { LOOK_PAUSE_MS, REMEMBERED_MS, SLOWED_MS } from "./limits.ts";

/** A name that is counted. */
export interface CountedName {
  readonly name: string;
  readonly count: HourCount;
  /** Times for which it was slowed, or is, the newest last: none of them is over for longer than a day. */
  readonly slowed: { readonly from: number; until: number }[];
  /** When something of it is looked at again, while it is slowed. */
  looksAt: number;
}

export class CountedNames {
  /** How often there was no room for a name, as all were slowed: that one is not counted, and never slowed. */
  uncounted = 0;
  readonly #most: number;
  /** Names that were not slowed within a day, the one that was counted longest ago first … */
  readonly #idle = new Map<string, CountedName>();
  /** … those that were, and are no more, and those that are: by the ends of that, the first one first, as it is of one length for all. */
  readonly #past = new Map<string, CountedName>();
  readonly #slowed = new Map<string, CountedName>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#idle.size + this.#past.size + this.#slowed.size;
  }

  /** Names that are slowed now, and that were slowed within a day, and all others. */
  *all(): Generator<CountedName, void> {
    yield* this.#slowed.values();
    yield* this.#past.values();
    yield* this.#idle.values();
  }

  isSlowed(name: string, now: number): boolean {
    return now < (this.#slowed.get(name)?.slowed.at(-1)?.until ?? Number.NEGATIVE_INFINITY);
  }

  /** How many are slowed, as far as `expire` was called. */
  get slowed(): number {
    return this.#slowed.size;
  }

  countOf(name: string, now: number): number {
    return this.#get(name)?.count.at(now) ?? 0;
  }

  /** Counts, and returns how many it is within the last hour; undefined: there is no room for the name. */
  add(name: string, now: number): number | undefined {
    const known = this.#get(name);
    if (known === undefined && this.size >= this.#most && !this.#makeRoom()) {
      this.uncounted++;
      return undefined;
    }
    const counted = known ?? { name, count: new HourCount(), slowed: [], looksAt: Number.NEGATIVE_INFINITY };
    counted.count.add(now);
    if (known === undefined || this.#idle.delete(name)) this.#idle.set(name, counted);
    return counted.count.at(now);
  }

  /** Slows a name that is counted from now on, or for longer. Returns whether it was not slowed before. */
  slow(name: string, now: number): boolean {
    const counted = this.#get(name)!;
    const last = counted.slowed.at(-1);
    const isNew = last === undefined || now >= last.until;
    if (!isNew) last.until = now + SLOWED_MS;
    else {
      while (counted.slowed.length > 0 && now >= counted.slowed[0]!.until + REMEMBERED_MS) counted.slowed.shift();
      counted.slowed.push({ from: now, until: now + SLOWED_MS });
    }
    for (const names of [this.#idle, this.#past, this.#slowed]) names.delete(name);
    this.#slowed.set(name, counted);
    return isNew;
  }

  /** Whether something of a name is to be looked at now: a slowed one is at most once in so long. */
  mayLook(name: string, now: number): boolean {
    if (!this.isSlowed(name, now)) return true;
    const counted = this.#slowed.get(name)!;
    if (now < counted.looksAt) return false;
    counted.looksAt = now + LOOK_PAUSE_MS;
    return true;
  }

  /** Takes note of the names that are slowed no more, and returns them; and forgets for how long others were a day ago. */
  expire(now: number): readonly CountedName[] {
    const over: CountedName[] = [];
    for (const [name, counted] of this.#slowed) {
      if (now < counted.slowed.at(-1)!.until) break;
      this.#slowed.delete(name);
      this.#past.set(name, counted);
      over.push(counted);
    }
    for (const [name, counted] of this.#past) {
      if (now < counted.slowed.at(-1)!.until + REMEMBERED_MS) break;
      this.#past.delete(name);
      counted.slowed.length = 0;
      this.#idle.set(name, counted);
    }
    return over;
  }

  /** When `expire` is due; Infinity: nobody is slowed. */
  nextTimeout(): number {
    for (const { slowed } of this.#slowed.values()) return slowed.at(-1)!.until;
    return Number.POSITIVE_INFINITY;
  }

  #get(name: string): CountedName | undefined {
    return this.#slowed.get(name) ?? this.#past.get(name) ?? this.#idle.get(name);
  }

  #makeRoom(): boolean {
    for (const names of [this.#idle, this.#past]) for (const name of names.keys()) return names.delete(name);
    return false;
  }
}

/** For how long a name was slowed within the last day, in milliseconds. */
export function slowedMs({ slowed }: Pick<CountedName, "slowed">, now: number): number {
  const since = now - REMEMBERED_MS;
  const parts = slowed.map(({ from, until }) => Math.max(0, Math.min(now, until) - Math.max(since, from)));
  return parts.reduce((sum, part) => sum + part, 0);
}
