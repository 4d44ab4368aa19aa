import { setImmediate } from "node:timers/promises";
import { Random, Scheduler } from "@florenetes/simkit";
import type { KeeperOptions } from "../../../src/holder/index.ts";
import { MemoryFleet } from "../../../src/testing/index.ts";
import { termsOf } from "../kit.ts";

const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** Steps of one world: more are a livelock. */
const STEPS_MAX = 20_000_000;

/** Holders with their drivers in virtual time: messages take time, and things happen while others are under way. */
export class World {
  readonly random: Random;
  readonly fleet: MemoryFleet;
  readonly #scheduler: Scheduler;
  #failure: unknown;

  constructor(seed: number, nodes: string, copies: number, retentionMs: number) {
    this.random = new Random(seed);
    const terms = termsOf(nodes, { copies, retention: retentionMs / SECOND_MS });
    const hop = async (): Promise<void> => this.sleep(1 + this.random.next() * 300);
    const after: KeeperOptions["after"] = (ms, call) =>
      this.#scheduler.after(Math.ceil(ms), () => {
        this.fleet.now = this.#scheduler.now;
        call();
      });
    this.fleet = new MemoryFleet({ terms, hop, silence: async () => this.sleep(10 * SECOND_MS), after });
    this.#scheduler = new Scheduler({ start: this.fleet.now, stepsMax: STEPS_MAX });
    for (const node of nodes) this.drive(node);
  }

  get now(): number {
    return this.#scheduler.now;
  }

  async sleep(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#scheduler.after(Math.ceil(durationMs), () => {
        this.fleet.now = this.#scheduler.now;
        resolve();
      });
    });
  }

  /** Lets a story go on beside others; where it fails, the world ends with its failure. */
  begin(story: () => Promise<void>): void {
    // oxlint-disable-next-line typescript/use-unknown-in-catch-callback-variable -- whatever it is, it ends the world
    story().catch((error) => (this.#failure ??= error));
  }

  /** Lets so much time pass. */
  async run(durationMs: number): Promise<void> {
    const end = this.now + durationMs;
    while (this.#scheduler.nextTime <= end) {
      this.#scheduler.runUntil(this.#scheduler.nextTime);
      // All that follows from it without waiting happens within this.
      await setImmediate();
      if (this.#failure !== undefined) throw this.#failure;
    }
    this.#scheduler.runUntil(end);
    this.fleet.now = end;
  }

  /** Gives a holder its turns, for as long as this life of its process lasts. */
  drive(node: string): void {
    const { life, holder } = this.fleet.member(node);
    const signal = new AbortController().signal;
    const lives = (): boolean => this.fleet.member(node).life === life && this.fleet.member(node).isUp;
    const each = (pauseMs: number, turn: () => Promise<boolean | void>, soonMs: number): void => {
      this.begin(async () => {
        for (let pause = this.random.next() * pauseMs; lives();) {
          await this.sleep(pause);
          if (!lives()) return;
          pause = (await turn()) === true ? soonMs : pauseMs;
        }
      });
    };
    each(MINUTE_MS, async () => holder.sync(signal), 5 * SECOND_MS);
    each(30 * SECOND_MS, async () => holder.repair(signal), SECOND_MS);
    each(HOUR_MS, async () => holder.challenge(signal), 0);
    const { book } = this.fleet.member(node);
    const verify = async (): Promise<void> => {
      // A world lasts for hours: what takes a day elsewhere begins anew each time.
      book.setState("verified since", undefined);
      await holder.verify(signal);
    };
    each(20 * MINUTE_MS, verify, 0);
    each(10 * MINUTE_MS, async () => holder.collect(signal), SECOND_MS);
    each(MINUTE_MS, async () => holder.takeTerms(this.fleet.terms), 0);
  }
}
