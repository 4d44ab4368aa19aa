import { type HeldEntry, type ShardRef, sizeOf } from "../entry.ts";
import type { BookSums, Change, NameBook, Report } from "../holder/name-book.ts";

/** Names in memory. `within` undoes nothing: an action of a test does not throw halfway. */
export class MemoryBook implements NameBook {
  readonly book: string;
  readonly #entries = new Map<string, Change>();
  readonly #reports = new Map<string, Map<string, Report>>();
  readonly #counts = new Map<string, number>();
  readonly #named = new Map<string, { readonly ref: ShardRef; count: number }>();
  readonly #unnamed = new Map<string, number>();
  readonly #open = new Set<string>();
  readonly #state = new Map<string, string>();
  #sums: BookSums = { objects: 0, octets: 0, names: 0 };
  #last = 0;

  constructor(book: string) {
    this.book = book;
  }

  get last(): number {
    return this.#last;
  }

  get(name: string): HeldEntry | undefined {
    return this.#entries.get(name)?.entry;
  }

  put(entry: HeldEntry, now: number): void {
    const held = this.get(entry.name);
    this.#count(held, -1);
    for (const { hash } of held?.shards ?? []) if (!this.isNamed(hash)) this.#unnamed.set(hash, now);
    this.#count(entry, 1);
    this.#last++;
    // The map's order is that of changes.
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, { change: this.#last, entry });
  }

  *changes(since: number): Iterable<Change> {
    for (const change of this.#entries.values()) if (change.change > since) yield change;
  }

  *list(prefix: string, after: string): Iterable<HeldEntry> {
    const names = [...this.#entries.keys()].filter((name) => name.startsWith(prefix) && name > after);
    for (const name of names.toSorted(compare)) yield this.get(name)!;
  }

  sums(): BookSums {
    return this.#sums;
  }

  isNamed(hash: string): boolean {
    return this.#named.has(hash);
  }

  unnamedSince(hash: string): number {
    return this.#unnamed.get(hash) ?? 0;
  }

  forgetUnnamed(before: number, limit: number): number {
    const old = [...this.#unnamed].filter(([, since]) => since < before).slice(0, limit);
    for (const [hash] of old) this.#unnamed.delete(hash);
    return old.length;
  }

  namedShards(after: string, limit: number): readonly ShardRef[] {
    const behind = [...this.#named.keys()].filter((hash) => hash > after).toSorted(compare);
    return behind.slice(0, limit).map((hash) => this.#named.get(hash)!.ref);
  }

  forget(before: number, limit: number): number {
    const old = [...this.#entries.values()].filter(({ entry }) => entry.isGone && entry.written < before);
    const going = old.slice(0, limit);
    for (const { entry } of going) {
      this.#count(entry, -1);
      this.#entries.delete(entry.name);
      this.#open.delete(entry.name);
      for (const { node } of this.reports(entry.name)) this.#dropReport(entry.name, node);
    }
    const reports = [...this.#reports].filter(([name]) => !this.#entries.has(name));
    const reported = reports.flatMap(([name, of]) => [...of.values()].map((report) => ({ name, report })));
    const oldReports = reported.filter(({ report }) => report.isGone && report.written < before);
    for (const { name, report } of oldReports.slice(0, limit)) this.#dropReport(name, report.node);
    return going.length;
  }

  reports(name: string): readonly Report[] {
    return [...(this.#reports.get(name)?.values() ?? [])];
  }

  putReport(name: string, report: Report): void {
    this.#dropReport(name, report.node);
    const of = this.#reports.get(name) ?? new Map<string, Report>();
    this.#reports.set(name, of.set(report.node, report));
    this.#counts.set(report.node, this.countReports(report.node) + 1);
  }

  countReports(node: string): number {
    return this.#counts.get(node) ?? 0;
  }

  dropReports(node: string): void {
    for (const name of this.#reports.keys()) this.#dropReport(name, node);
  }

  reporters(): readonly string[] {
    return [...this.#counts.keys()];
  }

  setOpen(name: string, isOpen: boolean): void {
    if (isOpen) this.#open.add(name);
    else this.#open.delete(name);
  }

  openNames(after: string, limit: number): readonly string[] {
    return [...this.#open]
      .filter((name) => name > after)
      .toSorted(compare)
      .slice(0, limit);
  }

  state(key: string): string | undefined {
    return this.#state.get(key);
  }

  setState(key: string, value: string | undefined): void {
    if (value === undefined) this.#state.delete(key);
    else this.#state.set(key, value);
  }

  within<Result>(action: () => Result): Result {
    return action();
  }

  #dropReport(name: string, node: string): void {
    const of = this.#reports.get(name);
    if (of?.delete(node) !== true) return;
    if (of.size === 0) this.#reports.delete(name);
    const count = this.countReports(node) - 1;
    if (count === 0) this.#counts.delete(node);
    else this.#counts.set(node, count);
  }

  #count(entry: HeldEntry | undefined, sign: 1 | -1): void {
    if (entry === undefined) return;
    const { objects, octets, names } = this.#sums;
    const live = entry.isGone ? 0 : sign;
    this.#sums = { objects: objects + live, octets: octets + live * sizeOf(entry), names: names + sign };
    for (const ref of entry.isGone ? [] : entry.shards) {
      const named = this.#named.get(ref.hash) ?? { ref, count: 0 };
      named.count += sign;
      if (named.count === 0) this.#named.delete(ref.hash);
      else this.#named.set(ref.hash, named);
      if (named.count > 0) this.#unnamed.delete(ref.hash);
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
