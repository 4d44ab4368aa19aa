import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import type { HeldEntry, ShardRef } from "@florenetes/blobs";
import { type BookSums, type Change, type NameBook, type Report, UNNAMED_MAX } from "@florenetes/blobs/holder";
import { entryOf, type EntryRow, readShards, rowOf } from "./entry-row.ts";
import { NameBase } from "./name-base.ts";

interface ReportRow extends Omit<Report, "isGone"> {
  readonly gone: number;
}

const ID_SIZE = 16;
/** Keys of this file's own state. */
const BOOK = "own book";
const FILE = "own file";
const UNNAMED = "own unnamed";
/** Comes behind all characters of names. */
const BEHIND_NAMES = "{";

/** The names of one collection in a file of SQLite. */
export class NameFile implements NameBook, Disposable {
  readonly book: string;
  readonly #base: NameBase;
  #last = 0;
  #sums: BookSums = { objects: 0, octets: 0, names: 0 };
  #reporters = new Map<string, number>();
  /** Shards of which it is remembered when they lost their last names. */
  #unnamed = 0;
  /** Since when all others count as unnamed. */
  #unnamedSince = 0;

  /**
   * @param onDamaged is told that the file was damaged, and made anew
   * @param isDamaged it is known to be
   * @throws OperatorError ERR_STORE_NAMES
   */
  constructor(path: string, onDamaged: () => void, isDamaged = false) {
    this.#base = NameBase.open(path, onDamaged, isDamaged);
    this.book = this.#nameBook(path);
    this.#count();
  }

  get last(): number {
    return this.#last;
  }

  /** True: the file is damaged, and has to be opened anew. */
  get isBroken(): boolean {
    return this.#base.isBroken;
  }

  get(name: string): HeldEntry | undefined {
    const [row] = this.#base.all<EntryRow>("SELECT * FROM entries WHERE name = ?", name);
    return row && entryOf(row);
  }

  put(entry: HeldEntry, now: number): void {
    const { name, turn, gone, shards, octets, note, written, by } = rowOf(entry);
    this.within(() => {
      this.#drop(name, now);
      const sql =
        "INSERT INTO entries (name, turn, gone, shards, octets, note, written, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
      this.#base.run(sql, name, turn, gone, shards, octets, note, written, by);
      this.#last = this.#lastChange();
      this.#add({ names: 1, objects: 1 - gone, octets: gone === 0 ? octets : 0 });
      if (gone !== 0) return;
      for (const { hash, size } of entry.shards) {
        const more =
          "INSERT INTO named (hash, size, count) VALUES (?, ?, 1) ON CONFLICT (hash) DO UPDATE SET count = count + 1";
        this.#base.run(more, Buffer.from(hash, "hex"), size);
        this.#unnamed -= this.#base.run("DELETE FROM unnamed WHERE hash = ?", Buffer.from(hash, "hex"));
      }
    });
  }

  *changes(since: number): Generator<Change> {
    const rows = this.#base.each<EntryRow>("SELECT * FROM entries WHERE change > ? ORDER BY change", since);
    for (const row of rows) yield { change: row.change, entry: entryOf(row) };
  }

  *list(prefix: string, after: string): Generator<HeldEntry> {
    const sql = "SELECT * FROM entries WHERE name > ? AND name >= ? AND name < ? ORDER BY name";
    for (const row of this.#base.each<EntryRow>(sql, after, prefix, prefix + BEHIND_NAMES)) yield entryOf(row);
  }

  sums(): BookSums {
    return this.#sums;
  }

  isNamed(hash: string): boolean {
    return this.#base.all("SELECT 1 FROM named WHERE hash = ?", Buffer.from(hash, "hex")).length > 0;
  }

  unnamedSince(hash: string): number {
    const sql = "SELECT since FROM unnamed WHERE hash = ?";
    const [row] = this.#base.all<{ since: number }>(sql, Buffer.from(hash, "hex"));
    return Math.max(row?.since ?? 0, this.#unnamedSince);
  }

  forgetUnnamed(before: number, limit: number): number {
    return this.within(() => {
      const sql = "DELETE FROM unnamed WHERE hash IN (SELECT hash FROM unnamed WHERE since < ? LIMIT ?)";
      const count = this.#base.run(sql, before, limit);
      this.#unnamed -= count;
      return count;
    });
  }

  namedShards(after: string, limit: number): readonly ShardRef[] {
    const sql = "SELECT hash, size FROM named WHERE hash > ? ORDER BY hash LIMIT ?";
    const rows = this.#base.all<{ hash: Uint8Array; size: number }>(sql, Buffer.from(after, "hex"), limit);
    return rows.map(({ hash, size }) => ({ hash: Buffer.from(hash).toString("hex"), size }));
  }

  forget(before: number, limit: number): number {
    return this.within(() => {
      const sql = "SELECT name FROM entries WHERE gone = 1 AND written < ? LIMIT ?";
      const names = this.#base.all<{ name: string }>(sql, before, limit);
      for (const { name } of names) {
        // Entries that are gone name nothing, and so leave nothing without a name.
        this.#drop(name, 0);
        this.setOpen(name, false);
        for (const { node } of this.reports(name)) this.#dropReport(name, node);
      }
      const old = this.#base.all<{ name: string; node: string }>(
        `SELECT name, node FROM reports WHERE gone = 1 AND written < ?
          AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.name = reports.name) LIMIT ?`,
        before,
        limit,
      );
      for (const { name, node } of old) this.#dropReport(name, node);
      return names.length;
    });
  }

  reports(name: string): readonly Report[] {
    const sql = "SELECT node, turn, gone, content, written, told FROM reports WHERE name = ?";
    return this.#base.all<ReportRow>(sql, name).map(({ gone, ...report }) => ({ ...report, isGone: gone !== 0 }));
  }

  putReport(name: string, { node, turn, isGone, content, written, told }: Report): void {
    this.within(() => {
      this.#dropReport(name, node);
      const sql = "INSERT INTO reports (name, node, turn, gone, content, written, told) VALUES (?, ?, ?, ?, ?, ?, ?)";
      this.#base.run(sql, name, node, turn, Number(isGone), content, written, told);
      this.#reporters.set(node, this.countReports(node) + 1);
    });
  }

  countReports(node: string): number {
    return this.#reporters.get(node) ?? 0;
  }

  dropReports(node: string): void {
    this.#base.run("DELETE FROM reports WHERE node = ?", node);
    this.#reporters.delete(node);
  }

  reporters(): readonly string[] {
    return [...this.#reporters.keys()];
  }

  setOpen(name: string, isOpen: boolean): void {
    if (isOpen) this.#base.run("INSERT OR IGNORE INTO open (name) VALUES (?)", name);
    else this.#base.run("DELETE FROM open WHERE name = ?", name);
  }

  openNames(after: string, limit: number): readonly string[] {
    const rows = this.#base.all<{ name: string }>(
      "SELECT name FROM open WHERE name > ? ORDER BY name LIMIT ?",
      after,
      limit,
    );
    return rows.map(({ name }) => name);
  }

  state(key: string): string | undefined {
    return this.#base.all<{ value: string }>("SELECT value FROM state WHERE name = ?", key)[0]?.value;
  }

  setState(key: string, value: string | undefined): void {
    if (value === undefined) this.#base.run("DELETE FROM state WHERE name = ?", key);
    else this.#base.run("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", key, value);
  }

  within<Result>(action: () => Result): Result {
    const before = {
      last: this.#last,
      sums: this.#sums,
      reporters: new Map(this.#reporters),
      unnamed: this.#unnamed,
      unnamedSince: this.#unnamedSince,
    };
    try {
      return this.#base.within(action);
    } catch (error) {
      // Nothing was written, whatever was counted along.
      this.#last = before.last;
      this.#sums = before.sums;
      this.#reporters = before.reporters;
      this.#unnamed = before.unnamed;
      this.#unnamedSince = before.unnamedSince;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#base.close();
  }

  /** Takes an entry out, with what is counted of it. */
  #drop(name: string, now: number): void {
    const [row] = this.#base.all<EntryRow>("SELECT * FROM entries WHERE name = ?", name);
    if (row === undefined) return;
    this.#base.run("DELETE FROM entries WHERE change = ?", row.change);
    this.#add({ names: -1, objects: row.gone - 1, octets: row.gone === 0 ? -row.octets : 0 });
    if (row.gone !== 0) return;
    for (const { hash } of readShards(row.shards)) {
      this.#base.run("UPDATE named SET count = count - 1 WHERE hash = ?", Buffer.from(hash, "hex"));
      if (this.#base.run("DELETE FROM named WHERE hash = ? AND count <= 0", Buffer.from(hash, "hex")) === 0) continue;
      this.#base.run("INSERT INTO unnamed (hash, since) VALUES (?, ?)", Buffer.from(hash, "hex"), now);
      this.#unnamed++;
    }
    if (this.#unnamed <= UNNAMED_MAX) return;
    this.#base.run("DELETE FROM unnamed");
    this.setState(UNNAMED, String(now));
    this.#unnamed = 0;
    this.#unnamedSince = now;
  }

  #dropReport(name: string, node: string): void {
    if (this.#base.run("DELETE FROM reports WHERE name = ? AND node = ?", name, node) === 0) return;
    const count = this.countReports(node) - 1;
    if (count > 0) this.#reporters.set(node, count);
    else this.#reporters.delete(node);
  }

  #add({ names, objects, octets }: BookSums): void {
    const sums = this.#sums;
    this.#sums = { names: sums.names + names, objects: sums.objects + objects, octets: sums.octets + octets };
  }

  /** Counts all anew. */
  #count(): void {
    const [sums] = this.#base.all<{ names: number; objects: number; octets: number }>(
      "SELECT count(*) AS names, count(*) FILTER (WHERE gone = 0) AS objects, coalesce(sum(octets) FILTER (WHERE gone = 0), 0) AS octets FROM entries",
    );
    this.#sums = { ...sums! };
    const counts = this.#base.all<{ node: string; count: number }>(
      "SELECT node, count(*) AS count FROM reports GROUP BY node",
    );
    this.#reporters = new Map(counts.map(({ node, count }) => [node, count]));
    const [unnamed] = this.#base.all<{ count: number }>("SELECT count(*) AS count FROM unnamed");
    this.#unnamed = unnamed!.count;
    this.#unnamedSince = Number(this.state(UNNAMED) ?? 0);
    this.#last = this.#lastChange();
  }

  #lastChange(): number {
    const [row] = this.#base.all<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'entries'");
    return row?.seq ?? 0;
  }

  /** A copy that was put back gives numbers anew that others have read: it is another book, which they read from the start. */
  #nameBook(path: string): string {
    const file = `${statSync(path).ino}`;
    const known = this.state(FILE) === file ? this.state(BOOK) : undefined;
    if (known !== undefined) return known;
    const book = randomBytes(ID_SIZE).toString("hex");
    this.within(() => {
      this.setState(BOOK, book);
      this.setState(FILE, file);
    });
    return book;
  }
}
