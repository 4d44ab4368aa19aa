import type { KeeperTurns } from "@florenetes/blobs/holder";
import type { RateLimitedLog } from "@florenetes/process-kit";

type TurnName = keyof KeeperTurns;

interface Rhythm {
  /** Milliseconds between two turns. */
  readonly intervalMs: number;
  /** Milliseconds before the next turn where a turn says that there is more to do; by itself `intervalMs`. */
  readonly soonMs?: number;
  /** Milliseconds before the first turn. */
  readonly firstMs: number;
}

const RHYTHM: Readonly<Record<TurnName, Rhythm>> = {
  sync: { intervalMs: 60_000, soonMs: 2_000, firstMs: 1_000 },
  repair: { intervalMs: 10_000, soonMs: 0, firstMs: 5_000 },
  challenge: { intervalMs: 3_600_000, firstMs: 300_000 },
  verify: { intervalMs: 60_000, firstMs: 60_000 },
  collect: { intervalMs: 60_000, soonMs: 0, firstMs: 60_000 },
};

/** Has a keeper take its turns, each kind one after the other, at times of its own: holders that were started at once do not all work at once. */
export class KeeperRhythm implements AsyncDisposable {
  readonly #keeper: KeeperTurns;
  readonly #collection: string;
  readonly #log: RateLimitedLog;
  readonly #ending = new AbortController();
  readonly #timers = new Map<TurnName, NodeJS.Timeout>();
  readonly #running = new Map<TurnName, Promise<void>>();

  /** @param collection its name for people */
  constructor(keeper: KeeperTurns, collection: string, log: RateLimitedLog) {
    this.#keeper = keeper;
    this.#collection = collection;
    this.#log = log;
    for (const name of Object.keys(RHYTHM) as TurnName[]) this.#plan(name, RHYTHM[name].firstMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("store-flor stops"));
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running.values());
  }

  #plan(name: TurnName, afterMs: number): void {
    if (this.#ending.signal.aborted) return;
    // Between half of the time and one and a half.
    const timer = setTimeout(() => this.#running.set(name, this.#take(name)), afterMs * (0.5 + Math.random()));
    this.#timers.set(name, timer);
  }

  async #take(name: TurnName): Promise<void> {
    let isMore: boolean | void = false;
    try {
      isMore = await this.#keeper[name](this.#ending.signal);
    } catch (error) {
      this.#tell(name, error);
    }
    const { intervalMs, soonMs = intervalMs } = RHYTHM[name];
    this.#plan(name, isMore === true ? soonMs : intervalMs);
  }

  #tell(turn: TurnName, error: unknown): void {
    if (this.#ending.signal.aborted) return;
    const fields = { code: "TURN_FAILED", collection: this.#collection, turn, err: error };
    this.#log.error(fields, "a holder's turn failed", this.#collection, turn);
  }
}
