import type { WakeUps, WakeUpTimer } from "@florenetes/scheduling";
import type { Listener } from "../streams/local-network.ts";

/** The first pause between two tries at an address; each pause is twice the one before, up to the last. */
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 60_000;

/** A part that listens: a tunnel, or a socket of data sessions. */
export interface Listening {
  /** Whether the part should listen, and does not. */
  readonly isDown: boolean;
  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(): Promise<Listener>;
  /** The listener is open. A part that is no longer wanted closes it. */
  handleListening(listener: Listener): void;
  handleListenFailed(error: Error): void;
}

export interface ListenerKeeperOptions {
  readonly wakeUps: WakeUps;
  /** Monotonic. */
  readonly now: () => number;
}

/**
 * Opens listeners while a process runs. An address that cannot be bound, since another program has it or the machine
 * does not have it yet, affects no other: it is tried again until it is bound, or no longer wanted.
 */
export class ListenerKeeper {
  readonly #options: ListenerKeeperOptions;
  /** Parts that were asked to listen, with the timers of their next tries. */
  readonly #kept = new Map<Listening, WakeUpTimer>();
  #isClosed = false;

  constructor(options: ListenerKeeperOptions) {
    this.#options = options;
  }

  /** Opens all parts that are down. Resolves when each has been tried once. */
  async open(all: Iterable<Listening>): Promise<void> {
    const down = [...all].filter((listening) => listening.isDown && !this.#kept.has(listening));
    await Promise.all(down.map((listening) => this.#open(listening)));
  }

  /** Stops all tries. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#kept.values()) timer.close();
    this.#kept.clear();
  }

  #open(listening: Listening): Promise<void> {
    let pauseMs = PAUSE_MS;
    const timer = this.#options.wakeUps.timer(() => void attempt());
    const attempt = async (): Promise<void> => {
      if (await this.#attempt(listening)) {
        timer.close();
        this.#kept.delete(listening);
      } else if (!this.#isClosed) {
        timer.set(this.#options.now() + pauseMs);
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
      }
    };
    this.#kept.set(listening, timer);
    return attempt();
  }

  /** False: the part is to be tried again. */
  async #attempt(listening: Listening): Promise<boolean> {
    if (!listening.isDown) return true;
    try {
      listening.handleListening(await listening.listen());
      return true;
    } catch (error) {
      listening.handleListenFailed(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }
}
