import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { DeviceChanges } from "../agent/device/device-changes.ts";
import type { DeviceFacts } from "../agent/device/device-facts.ts";
import { machinePower } from "./machine-battery.ts";
import { machineNetwork } from "./machine-network.ts";

export interface DeviceDriverOptions {
  /** Whether the operator says that each byte is paid for. */
  readonly metered: boolean;
  readonly time: ProcessTime;
  /** Takes the facts at the start, and when they have changed: at most once a second. */
  readonly onFacts: (facts: DeviceFacts) => void;
}

/** Linux tells changes of networks and batteries by no file that can be waited for. */
const LOOK_MS = 5_000;

/** Knows what the device is like that this node runs on: a machine with Linux, which is always on. */
export class DeviceDriver implements Disposable {
  readonly #options: DeviceDriverOptions;
  readonly #changes = new DeviceChanges();
  readonly #timer: WakeUpTimer;
  #looksAt: number = Number.NEGATIVE_INFINITY;

  constructor(options: DeviceDriverOptions) {
    this.#options = options;
    this.#timer = options.time.wakeUps.timer(() => this.#advance());
  }

  start(): void {
    this.#advance();
  }

  [Symbol.dispose](): void {
    this.#timer.close();
  }

  #advance(): void {
    const { time, onFacts, metered } = this.#options;
    const now = time.now();
    if (now >= this.#looksAt) {
      this.#looksAt = now + LOOK_MS;
      this.#changes.handleFacts({ ...machinePower(), network: machineNetwork(), metered, foreground: true });
    }
    const facts = this.#changes.poll(now);
    if (facts !== undefined) onFacts(facts);
    const next = Math.min(this.#looksAt, this.#changes.nextTimeout());
    // Timers may come a little early.
    this.#timer.set(Math.max(next, now + 1));
  }
}
