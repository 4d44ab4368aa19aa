import type { Random, Scheduler } from "@florenetes/simkit";
import type { NumberedChange, TransitThread, TransitThreadHandlers } from "../../src/transit/delegated-transit.ts";

const THREAD_DELAY_MS_MAX = 30;

interface Table {
  readonly number: number;
  readonly whole: number;
  readonly labels: Set<number>;
  taken: number;
}

/** Transit as another thread would do it, for tables that have only cross-connects: orders reach it late, and so do its answers. */
export class NaiveThread implements TransitThread {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #handlers: TransitThreadHandlers;
  readonly #handles = new Map<number, number>();
  #current: Table | undefined;
  #staged: Table | undefined;
  #passed = 0;
  #reports = 0;
  /** The time at which the last order that is under way arrives: orders do not overtake each other. */
  #ordersUntil = 0;
  #answersUntil = 0;

  constructor(scheduler: Scheduler, random: Random, handlers: TransitThreadHandlers) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#handlers = handlers;
  }

  /** Whether the thread forwards a packet with that label. */
  forwards(label: number): boolean {
    const isForwarded =
      this.#current?.labels.has(label) === true && [...this.#handles.values()].every((it) => it !== 0);
    if (isForwarded) this.#passed++;
    return isForwarded;
  }

  setLink(link: number, { handle }: { readonly handle: number }): void {
    this.#order(() => this.#handles.set(link, handle));
  }

  begin(number: number, whole: number): void {
    this.#order(() => (this.#staged = { number, whole, labels: new Set(), taken: 0 }));
  }

  change(number: number, first: number, changes: readonly NumberedChange[]): void {
    this.#order(() => {
      const table = [this.#staged, this.#current].find((one) => one?.number === number);
      if (table === undefined) return;
      for (let at = table.taken - first; at >= 0 && at < changes.length; at++) {
        const change = changes[at]!;
        if (change.operation === "swap") table.labels.add(change.label);
        if (change.operation === "remove") table.labels.delete(change.label);
        table.taken++;
        if (table === this.#staged && table.taken === table.whole) {
          this.#current = table;
          this.#staged = undefined;
        }
      }
      const { taken } = table;
      this.#answer(() => this.#handlers.onTaken(number, taken, ""));
    });
  }

  drop(number: number): void {
    this.#order(() => {
      if (this.#staged?.number === number) this.#staged = undefined;
      if (this.#current?.number === number) this.#current = undefined;
    });
  }

  tell(number: number, reader: number, taken: number): void {
    this.#order(() => {
      if (this.#current?.number !== number || taken !== 0) return;
      const counts = { bytesIn: 0, drops: [], packetsOut: 0, bytesOut: 0, packetsRefused: 0 };
      const links = [{ link: 0, packetsForwarded: this.#passed, ...counts }];
      const report = { number: ++this.#reports, links, pairs: [], labels: [], classes: [] };
      this.#answer(() => this.#handlers.onReport(reader, report));
    });
  }

  figures(): { labels: number; packetsDecided: number } {
    return { labels: this.#current?.labels.size ?? 0, packetsDecided: this.#passed };
  }

  #order(carryOut: () => void): void {
    this.#ordersUntil = this.#later(this.#ordersUntil, carryOut);
  }

  #answer(tell: () => void): void {
    this.#answersUntil = this.#later(this.#answersUntil, tell);
  }

  #later(until: number, what: () => void): number {
    const { now } = this.#scheduler;
    const at = Math.max(until, now + this.#random.below(THREAD_DELAY_MS_MAX));
    this.#scheduler.after(at - now, what);
    return at;
  }
}
