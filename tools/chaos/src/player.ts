import type { Chronicle, Episode, Recovery } from "./chronicle.ts";
import { describeFault, type Fault } from "./fault.ts";
import { endOf } from "./schedule.ts";

/** The world in which faults are made. */
export interface World {
  now(): number;
  /** Waits until a time of `now`, or until the run is over. */
  waitUntil(time: number): Promise<void>;
  strike(fault: Fault): Promise<void>;
  mend(fault: Fault): Promise<void>;
  /** Waits until the mesh is whole and moves. Resolves with what is missing when its time is up; empty: nothing. */
  recover(since: number): Promise<string>;
  isOver(): boolean;
  say(text: string): void;
}

/**
 * Makes one fault after the other, each at its time, and mends it. Whenever no fault goes on, the mesh recovers. The schedule's clock stands
 * still during a recovery, and while a fault is made. In the end all faults are mended.
 *
 * @param until No fault begins that would go on after this time of the world.
 */
export function play(faults: Iterator<Fault, never>, world: World, until: number): Promise<Chronicle> {
  return new Player(world).play(faults, until);
}

class Player {
  readonly #world: World;
  readonly #begin: number;
  readonly #episodes: Episode[] = [];
  readonly #recoveries: Recovery[] = [];
  /** Milliseconds for which the schedule's clock has stood still. */
  #pausedMs = 0;
  #going: Episode[] = [];
  #sinceCalm: Episode[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#begin = world.now();
  }

  async play(faults: Iterator<Fault, never>, until: number): Promise<Chronicle> {
    for (;;) {
      const fault = faults.next().value;
      await this.#passTo(fault.atMs);
      if (this.#world.isOver() || this.#timeOf(endOf(fault)) > until) break;
      await this.#world.waitUntil(this.#timeOf(fault.atMs));
      if (this.#world.isOver()) break;
      await this.#strike(fault);
    }
    await this.#passTo(Number.POSITIVE_INFINITY);
    return { episodes: this.#episodes, recoveries: this.#recoveries };
  }

  async #strike(fault: Fault): Promise<void> {
    const episode = { fault, beganAt: this.#world.now(), mendedAt: undefined, recoveredAt: undefined };
    for (const list of [this.#episodes, this.#going, this.#sinceCalm]) list.push(episode);
    this.#say(`${fault.number} ${describeFault(fault)}`);
    await this.#world.strike(fault).catch((error: unknown) => this.#note(fault, "making it", error));
    // The fault lasts from now on, however late it began.
    this.#pausedMs = this.#world.now() - this.#begin - fault.atMs;
  }

  /** Mends the faults that end before a time of the schedule, and has the mesh recover if none goes on then. */
  async #passTo(time: number): Promise<void> {
    for (const episode of this.#going.toSorted((one, other) => endOf(one.fault) - endOf(other.fault))) {
      if (endOf(episode.fault) > time) break;
      await this.#mend(episode);
    }
    if (this.#going.length === 0 && this.#sinceCalm.length > 0) await this.#recover();
  }

  async #mend(episode: Episode): Promise<void> {
    const { fault } = episode;
    await this.#world.waitUntil(this.#timeOf(endOf(fault)));
    await this.#world.mend(fault).catch((error: unknown) => this.#note(fault, "mending it", error));
    episode.mendedAt = this.#world.now();
    if (fault.forMs > 0) this.#say(`${fault.number} mended`);
    this.#going = this.#going.filter((each) => each !== episode);
  }

  async #recover(): Promise<void> {
    const since = this.#world.now();
    const missing = await this.#world.recover(since);
    const recoveredAt = this.#world.now();
    const ms = recoveredAt - since;
    this.#pausedMs += ms;
    for (const episode of this.#sinceCalm) episode.recoveredAt = recoveredAt;
    const faults = this.#sinceCalm.map(({ fault }) => fault);
    this.#recoveries.push({ faults, ms, missing });
    const outcome = missing === "" ? "recovered" : `NOT RECOVERED (${missing})`;
    this.#say(`${faults.map(({ number }) => number).join(", ")} ${outcome} after ${Math.round(ms)} ms`);
    this.#sinceCalm = [];
  }

  /** Notes that the product refused something that it should take. */
  #note(fault: Fault, doing: string, error: unknown): void {
    const missing = `${doing} failed: ${(error as Error).message}`;
    this.#say(`${fault.number} ${missing}`);
    this.#recoveries.push({ faults: [fault], ms: 0, missing });
  }

  #timeOf(ms: number): number {
    return this.#begin + this.#pausedMs + ms;
  }

  #say(text: string): void {
    const seconds = (this.#world.now() - this.#begin) / 1000;
    this.#world.say(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  }
}
