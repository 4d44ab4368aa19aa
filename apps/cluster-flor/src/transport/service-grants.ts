import type { WakeUps, WakeUpTimer } from "@florenetes/scheduling";
import type { ServiceEnd } from "./services/service-end.ts";

export interface ServiceGrantsOptions {
  readonly services: () => Iterable<ServiceEnd>;
  /** Monotonic. */
  readonly now: () => number;
  /** Milliseconds of a clock that goes on while the machine is suspended. */
  readonly bootNow: () => number;
  readonly wakeUps: WakeUps;
}

/** A service that needs a grant, by its name. */
export interface GrantedService {
  readonly service: string;
  /** Until when it may be served; 0: it may not. */
  readonly until: number;
}

/** The longest wait for the end of a grant: the timer's clock stands still while the machine is suspended. */
const LOOK_MS_MAX = 1_000;

/**
 * The grants by which services with a leader are served here. `check` comes before all else in each turn that could pass bytes: a process that was
 * stopped, or whose machine was suspended, finds its grants ended before it does anything.
 */
export class ServiceGrants {
  readonly #options: ServiceGrantsOptions;
  readonly #timer: WakeUpTimer;
  #until: ReadonlyMap<string, number> = new Map();
  #next = Infinity;

  constructor(options: ServiceGrantsOptions) {
    this.#options = options;
    this.#timer = options.wakeUps.timer(() => {
      this.check();
      this.#arm();
    });
  }

  /** Milliseconds of the clock by which grants end. */
  get bootNow(): number {
    return this.#options.bootNow();
  }

  /** Services that need a grant. */
  *status(): Generator<GrantedService, void> {
    for (const { config, grant } of this.#options.services()) {
      if (grant.until !== undefined) yield { service: config.name, until: grant.isInForce ? grant.until : 0 };
    }
  }

  /** Sets until when services may be served, by their names: those that are missing may not be served any more. */
  set(until: ReadonlyMap<string, number>): void {
    this.#until = until;
    this.handleServices();
  }

  /** Services have come, or have another config. */
  handleServices(): void {
    for (const service of this.#options.services()) service.setGrant(this.#until.get(service.config.name) ?? 0);
    this.#look();
    this.check();
    this.#arm();
  }

  /** Ends services that may not be served any more. */
  readonly check = (): void => {
    // Without a grant that could end, no clock is read.
    if (this.#next === Infinity || this.#options.bootNow() < this.#next) return;
    const [boot, now] = [this.#options.bootNow(), this.#options.now()];
    for (const service of this.#options.services()) if (service.grant.endsAt <= boot) service.endGrant(now);
    this.#look();
  };

  close(): void {
    this.#timer.close();
  }

  #look(): void {
    this.#next = Infinity;
    for (const { grant } of this.#options.services()) this.#next = Math.min(this.#next, grant.endsAt);
  }

  #arm(): void {
    if (this.#next === Infinity) return;
    const left = Math.ceil(this.#next - this.#options.bootNow());
    this.#timer.set(this.#options.now() + Math.min(Math.max(left, 0), LOOK_MS_MAX));
  }
}
