/**
 * The agent's own database: records that its node holds, and how far it has read at its neighbours. Each write is one transaction, which is on
 * disk before the write returns: whenever the process is killed, a write is whole or is not there.
 *
 * Nothing in the file is believed for being there: the book verifies each record again. So with the file time is lost, and no truth.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { factsError } from "../../errors.ts";
import type { Row, RowChange } from "../book-events.ts";
import { CURSORS_MAX } from "../limits.ts";
import type { RowSection, Section } from "../sections.ts";

/** A row, and its place among all that were ever put: neighbours read on from there. */
export interface StoredRow extends Row {
  readonly sequence: number;
}

/** How far this node has read a section at a neighbour. */
export interface Cursor {
  readonly peer: string;
  /** The id of the neighbour's database, in lower-case hex. */
  readonly database: string;
  readonly section: Section;
  readonly sequence: number;
}

/** The part of a service's record in use, which its octets do not tell. */
export type Mark = "active" | "fallback";

/** All that one transaction writes. */
export interface FileChanges {
  readonly rows?: Iterable<RowChange>;
  /** The file keeps one for each peer and section: another database of a peer takes the place of the former. */
  readonly cursors?: Iterable<Cursor>;
  /** All marks from now on, by the ids of their records. */
  readonly marks?: ReadonlyMap<string, Mark>;
  /** How long the node has run with each root by recovery keys, in milliseconds by their ids: all of them from now on. */
  readonly ran?: ReadonlyMap<string, number>;
  /** The version of the root that was taken. The highest one is kept. */
  readonly rootVersion?: number;
}

/** Whose file it is: another's is not taken. */
export interface FileOwner {
  readonly cluster: string;
  readonly node: string;
}

/** Tells files of this program from others (`FLFB`). */
const APPLICATION_ID = 0x46_4c_46_42;
const TABLES_VERSION = 1;
const TABLES = `
  CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE rows (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, section TEXT NOT NULL, octets BLOB NOT NULL
  ) STRICT;
  CREATE INDEX sections ON rows (section, sequence);
  CREATE TABLE cursors (
    peer TEXT NOT NULL, section TEXT NOT NULL, database TEXT NOT NULL, sequence INTEGER NOT NULL, UNIQUE (peer, section)
  ) STRICT;
  CREATE TABLE marks (id TEXT PRIMARY KEY, mark TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${TABLES_VERSION};
`;
const DATABASE_ID_SIZE = 16;

/** Answers of SQLite (https://sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;

/** Reads and writes the file. Every failure is an OperatorError with a code `ERR_FACTS_FILE…`. */
export class RecordFile {
  /** The file was not there: it has been made, and the neighbours have to fill it. */
  readonly isNew: boolean;
  /** 16 random octets in lower-case hex, which neighbours name their cursors by. A copy of the file gets others. */
  readonly database: string;
  readonly #path: string;
  readonly #base: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, base: DatabaseSync, owner: FileOwner) {
    this.#path = path;
    this.#base = base;
    this.isNew = this.#begin(owner);
    this.database = this.#nameDatabase();
  }

  /** Opens the file, or makes it: it is its owner's alone, and no other process has it open. */
  static open(path: string, owner: FileOwner): RecordFile {
    let base: DatabaseSync | undefined;
    try {
      if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
      base = new DatabaseSync(path);
      return new RecordFile(path, base, owner);
    } catch (error) {
      base?.close();
      throw errorOf(error, path);
    }
  }

  /** The highest version of the root that was written; 0 for none. A book that does not get so far has lost rows. */
  get rootVersion(): number {
    return Number(this.#about("root") ?? 0);
  }

  /** The highest sequence that was ever given; 0 for none. A neighbour that has read further has read another file. */
  get lastSequence(): number {
    const found = this.#all<{ readonly seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'rows'");
    return found[0]?.seq ?? 0;
  }

  /** Rows behind a sequence, in their order, at most so many. */
  rows(after: number, max: number): StoredRow[] {
    const sql = "SELECT sequence, id, section, octets FROM rows WHERE sequence > ? ORDER BY sequence LIMIT ?";
    return this.#all<StoredRow>(sql, after, max);
  }

  /** Sequences and ids of a section behind a sequence, in their order, at most so many. */
  idsOf(section: RowSection, after: number, max: number): { readonly sequence: number; readonly id: string }[] {
    const sql = "SELECT sequence, id FROM rows WHERE section = ? AND sequence > ? ORDER BY sequence LIMIT ?";
    return this.#all(sql, section, after, max);
  }

  /** How far this node has read a section of a database of a peer; 0 for not at all. */
  cursor(peer: string, database: string, section: Section): number {
    const sql = "SELECT sequence FROM cursors WHERE peer = ? AND database = ? AND section = ?";
    return this.#all<{ readonly sequence: number }>(sql, peer, database, section)[0]?.sequence ?? 0;
  }

  /** How far this node has read at its neighbours. */
  cursors(): Cursor[] {
    return this.#all<Cursor>("SELECT peer, database, section, sequence FROM cursors ORDER BY peer, section");
  }

  /** Marks of records, by their ids. */
  marks(): Map<string, Mark> {
    const marks = this.#all<{ readonly id: string; readonly mark: Mark }>("SELECT id, mark FROM marks");
    return new Map(marks.map(({ id, mark }) => [id, mark]));
  }

  /** How long the node has run with roots by recovery keys, by their ids. Damaged figures are none: then they wait anew. */
  ran(): Map<string, number> {
    try {
      const entries = JSON.parse(this.#about("ran") ?? "[]") as [string, number][];
      return new Map(entries.filter(([id, ms]) => typeof id === "string" && Number.isSafeInteger(ms) && ms >= 0));
    } catch {
      return new Map();
    }
  }

  /** Writes all of it, or nothing. */
  write({ rows = [], cursors = [], marks, ran, rootVersion }: FileChanges): void {
    this.#transact(() => {
      for (const change of rows) {
        if (change.kind === "drop") this.#run("DELETE FROM rows WHERE id = ?", change.id);
        else {
          const sql = "INSERT OR REPLACE INTO rows (id, section, octets) VALUES (?, ?, ?)";
          this.#run(sql, change.id, change.section, change.octets);
        }
      }
      for (const { peer, section, database, sequence } of cursors) {
        const sql = "INSERT OR REPLACE INTO cursors (peer, section, database, sequence) VALUES (?, ?, ?, ?)";
        this.#run(sql, peer, section, database, sequence);
        this.#run("DELETE FROM cursors WHERE rowid <= (SELECT max(rowid) FROM cursors) - ?", CURSORS_MAX);
      }
      if (marks !== undefined) {
        this.#run("DELETE FROM marks");
        for (const [id, mark] of marks) this.#run("INSERT INTO marks (id, mark) VALUES (?, ?)", id, mark);
      }
      if (ran !== undefined) this.#setAbout("ran", JSON.stringify([...ran]));
      if (rootVersion !== undefined && rootVersion > this.rootVersion) this.#setAbout("root", `${rootVersion}`);
    });
  }

  /** Closes the file, once or again. */
  close(): void {
    if (this.#base.isOpen) this.#base.close();
  }

  /** Takes the file for this process alone. True: it had no tables, as a new one or one whose maker was killed, and has them now. */
  #begin({ cluster, node }: FileOwner): boolean {
    this.#base.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    const isEmpty = this.#all("SELECT name FROM sqlite_schema LIMIT 1").length === 0;
    if (isEmpty) {
      this.#transact(() => {
        this.#base.exec(TABLES);
        this.#setAbout("cluster", cluster);
        this.#setAbout("node", node);
      });
    }
    const [application] = this.#all<{ readonly application_id: number }>("PRAGMA application_id");
    const [version] = this.#all<{ readonly user_version: number }>("PRAGMA user_version");
    if (application?.application_id !== APPLICATION_ID) throw this.#foreign("it is another program's");
    if (version?.user_version !== TABLES_VERSION) throw this.#foreign("it is of another version");
    if (this.#about("cluster") !== cluster || this.#about("node") !== node) {
      throw this.#foreign(`it is of ${this.#about("node")} in the cluster ${this.#about("cluster")}`);
    }
    return isEmpty;
  }

  /** A copy that was put back gives sequences anew that neighbours have read: it is another database, which they read from the start. */
  #nameDatabase(): string {
    const file = `${statSync(this.#path).ino}`;
    const known = this.#about("file") === file ? this.#about("database") : undefined;
    if (known !== undefined) return known;
    const id = randomBytes(DATABASE_ID_SIZE).toString("hex");
    this.#transact(() => {
      this.#setAbout("database", id);
      this.#setAbout("file", file);
    });
    return id;
  }

  #about(name: string): string | undefined {
    return this.#all<{ readonly value: string }>("SELECT value FROM about WHERE name = ?", name)[0]?.value;
  }

  #setAbout(name: string, value: string): void {
    this.#run("INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)", name, value);
  }

  #transact(work: () => void): void {
    try {
      this.#base.exec("BEGIN IMMEDIATE");
      work();
      this.#base.exec("COMMIT");
    } catch (error) {
      if (this.#base.isTransaction) this.#base.exec("ROLLBACK");
      throw errorOf(error, this.#path);
    }
  }

  #all<Found>(sql: string, ...values: (string | number)[]): Found[] {
    try {
      return this.#prepare(sql).all(...values) as Found[];
    } catch (error) {
      throw errorOf(error, this.#path);
    }
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#base.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #foreign(message: string): Error {
    return factsError("ERR_FACTS_FILE_FOREIGN", message, this.#path);
  }
}

function errorOf(error: unknown, path: string): unknown {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  if (code?.startsWith("ERR_FACTS_") === true) return error;
  const primary = (errcode ?? 0) & 0xff;
  if (primary === SQLITE_BUSY) return factsError("ERR_FACTS_FILE_IN_USE", "another process has it open", path, error);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOT_A_DATABASE) {
    return factsError("ERR_FACTS_FILE_BROKEN", message, path, error);
  }
  const isSystems = code === "ERR_SQLITE_ERROR" || (error as { syscall?: string }).syscall !== undefined;
  return isSystems ? factsError("ERR_FACTS_FILE", message, path, error) : error;
}
