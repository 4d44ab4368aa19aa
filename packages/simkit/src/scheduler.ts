import assert from "node:assert";
import TinyQueue from "tinyqueue";

interface Entry {
  readonly time: number;
  /** Actions of the same time run in the order in which they were asked for. */
  readonly order: number;
  readonly action: () => void;
  isCancelled: boolean;
}

const STEPS_MAX = 1_000_000;

/** A virtual clock in milliseconds, which moves only while `runUntil` runs the actions that are due. */
export class Scheduler {
  #now = 0;
  #nextOrder = 0;
  readonly #queue = new TinyQueue<Entry>([], compare);
  readonly #stepsMax: number;
  #steps = 0;

  /** @param stepsMax Actions in the whole life of the scheduler: a livelock becomes a failure and not a hang. */
  constructor(options: { readonly start?: number; readonly stepsMax?: number } = {}) {
    this.#now = options.start ?? 0;
    this.#stepsMax = options.stepsMax ?? STEPS_MAX;
  }

  get now(): number {
    return this.#now;
  }

  /** When something is to be done next, or was to be done and is cancelled; Infinity: never. */
  get nextTime(): number {
    return this.#queue.peek()?.time ?? Infinity;
  }

  /** Runs the action at that time, or next if the time is past. Returns a function that cancels it. */
  at(time: number, action: () => void): () => void {
    assert(!Number.isNaN(time), "an action needs a time");
    const entry: Entry = { time: Math.max(time, this.#now), order: this.#nextOrder++, action, isCancelled: false };
    if (entry.time !== Infinity) this.#queue.push(entry);
    return () => {
      entry.isCancelled = true;
    };
  }

  after(delayMs: number, action: () => void): () => void {
    return this.at(this.#now + delayMs, action);
  }

  /** Runs everything that is due up to and including that time, and leaves the clock there. */
  runUntil(time: number): void {
    assert(time >= this.#now, "the clock does not go back");
    for (let top = this.#queue.peek(); top !== undefined && top.time <= time; top = this.#queue.peek()) {
      this.#queue.pop();
      if (top.isCancelled) continue;
      this.#steps++;
      if (this.#steps > this.#stepsMax) throw new Error(`more than ${this.#stepsMax} steps by ${top.time} ms`);
      this.#now = top.time;
      top.action();
    }
    this.#now = time;
  }

  runFor(durationMs: number): void {
    this.runUntil(this.#now + durationMs);
  }
}

function compare(a: Entry, b: Entry): number {
  return a.time - b.time || a.order - b.order;
}
