import type { DeviceProfile } from "@florenetes/facts";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { DeviceChanges } from "../agent/device/device-changes.ts";
import { UNKNOWN_DEVICE } from "../agent/device/device-facts.ts";
import type { CommandSource } from "../agent/device/command-source.ts";
import { DeviceCommand } from "./device-command.ts";
import { machineNetwork } from "./machine-network.ts";
import { machinePower } from "./machine-battery.ts";

export interface DeviceDriverOptions {
  /** The command that says what the device is like; undefined: Linux says it. */
  readonly command: readonly string[] | undefined;
  /** Whether the operator says that each byte is paid for, whatever a source says. */
  readonly metered: boolean;
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Takes the facts at the start, and when they have changed: at most once a second. */
  readonly onFacts: (facts: DeviceProfile) => void;
}

/** Linux tells changes of networks and batteries by no file that can be waited for. */
const LOOK_MS = 5_000;

/** Knows what the device is like that this node runs on, by its source. */
export class DeviceDriver implements AsyncDisposable {
  readonly #options: DeviceDriverOptions;
  readonly #changes = new DeviceChanges();
  readonly #timer: WakeUpTimer;
  readonly #command: DeviceCommand | undefined;
  #looksAt: number = Number.POSITIVE_INFINITY;

  constructor(options: DeviceDriverOptions) {
    this.#options = options;
    const { command, time, log } = options;
    this.#timer = time.wakeUps.timer(() => this.#advance());
    this.#command =
      command === undefined
        ? undefined
        : new DeviceCommand({ command, time, log, onFacts: (facts) => this.#take(facts) });
  }

  /** The source's command; undefined: Linux is the source. */
  get source(): CommandSource | undefined {
    return this.#command?.source;
  }

  start(): void {
    if (this.#command === undefined) this.#looksAt = this.#options.time.now();
    else this.#take(UNKNOWN_DEVICE);
    this.#command?.start();
    this.#advance();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.close();
    await this.#command?.[Symbol.asyncDispose]();
  }

  #take(facts: DeviceProfile): void {
    this.#changes.handleFacts({ ...facts, metered: facts.metered || this.#options.metered });
    this.#advance();
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
    if (next !== Number.POSITIVE_INFINITY) this.#timer.set(Math.max(next, now + 1));
  }
}
