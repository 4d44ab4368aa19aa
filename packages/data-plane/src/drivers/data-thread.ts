import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import { type DataPlaneAddon, openDataPlane } from "../addon.ts";
import type { NativeThread } from "../native-thread.ts";

/** The interval at which the owner looks whether the thread goes on. */
const WATCH_MS = 2_000;

export interface DataThreadOptions<Native> {
  readonly time: ProcessTime;
  /** Starts it. `bell` is called when there are events, and not again before they are taken. */
  readonly start: (addon: DataPlaneAddon, now: number, bell: () => void) => Native;
  /** Takes events. False: an event makes no sense. */
  readonly onEvents: (batch: Uint8Array) => boolean;
}

/** Owns a data thread: takes its events when its bell rings, and watches that it goes on. */
export class DataThread<Native extends NativeThread> {
  readonly native: Native;
  readonly #time: ProcessTime;
  readonly #onEvents: (batch: Uint8Array) => boolean;
  readonly #watch: WakeUpTimer;

  /** Throws where the system has no thread for us. To be called where the native engine is in use. */
  constructor({ time, start, onEvents }: DataThreadOptions<Native>) {
    const plane = openDataPlane();
    if (plane.kind === "absent") throw new Error(plane.reason);
    this.#time = time;
    this.#onEvents = onEvents;
    this.native = start(plane.addon, time.now(), () => this.#takeEvents());
    this.#watch = time.wakeUps.timer(() => this.#watchThread());
    this.#watch.set(nextRound(time.now(), WATCH_MS));
  }

  /** Whether the thread goes on. Waits for the end of its turn, or for a second when there is none. */
  isAnswering(): boolean {
    return this.native.figures(0) !== null;
  }

  /** Stops the thread, once it has carried out its orders. */
  [Symbol.dispose](): void {
    this.#watch.close();
    this.native.close();
  }

  #watchThread(): void {
    this.native.watch();
    this.native.flush();
    this.#watch.set(nextRound(this.#time.now(), WATCH_MS));
  }

  #takeEvents(): void {
    const batch = this.native.takeEvents();
    // The thread has had a turn, and may have room again for orders that had to wait.
    this.native.flush();
    if (batch !== null && !this.#onEvents(batch)) {
      throw new Error("the data thread tells an event of no kind that is known");
    }
  }
}
