/** A log in a file of SQLite: for one machine. What `append` has answered is on the disk. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Entry, type LogHead, originOf } from "../entry.ts";
import { LogError, type LogErrorCode } from "../errors.ts";
import { ENTRY_SIZE_MAX, POST_SIZE_MAX } from "../limits.ts";
import {
  type AppendOrder,
  checkAppend,
  checkDrop,
  checkPost,
  checkPosts,
  checkRead,
  type HeadAnswer,
  type LogStore,
  type ReadAnswer,
  withinAnswer,
} from "../store.ts";

export interface SqliteStoreOptions {
  /** The file; it and its folder are made where they are missing. */
  readonly path: string;
  readonly cluster: string;
  /** The log's name. */
  readonly name: string;
  /** Only to look into a file that is there: nothing is made or changed, and nothing can be appended. Default: false. */
  readonly isReadOnly?: boolean;
}

/** A row as a file has it: whoever edits the file can give a column any type. */
type Row = Readonly<Record<string, unknown>>;

/** A store whose file has a random id of its own, 32 lower-case hex digits: a copy of the file has the same one. */
export interface SqliteLogStore extends LogStore {
  readonly id: string;
}

/** `user_version` of the file: another one is of a later version of this driver. */
const VERSION = 1;
/** Another process of this machine may be writing. */
const BUSY_MS = 1_000;
const SCHEMA = `
  CREATE TABLE log (origin BLOB NOT NULL, id BLOB NOT NULL) STRICT;
  CREATE TABLE entries (entry INTEGER PRIMARY KEY, hash BLOB NOT NULL, octets BLOB NOT NULL) STRICT;
  CREATE TABLE posts (signer BLOB PRIMARY KEY, octets BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${VERSION};
`;

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). All others are the system's. */
const CODES: ReadonlyMap<number, LogErrorCode> = new Map([
  [5, "ERR_LOG_STORE_BUSY"],
  [6, "ERR_LOG_STORE_BUSY"],
  [11, "ERR_LOG_STORE_BROKEN"],
  [13, "ERR_LOG_STORE_FULL"],
  [26, "ERR_LOG_STORE_BROKEN"],
]);

/** Opens the file. Throws a LogError. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteLogStore {
  const { path, isReadOnly = false } = options;
  return telling(path, () => {
    if (!isReadOnly) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite gives the files beside this one the same rights.
      closeSync(openSync(path, "a", 0o600));
    }
    const database = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: isReadOnly });
    try {
      if (!isReadOnly) database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      return new SqliteStore(options, database, prepareSchema(database, options));
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

class SqliteStore implements SqliteLogStore {
  readonly id: string;
  readonly #path: string;
  readonly #origin: LogHead;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #selectHead: StatementSync;
  readonly #selectEntries: StatementSync;
  readonly #insertEntry: StatementSync;
  readonly #deleteEntry: StatementSync;
  readonly #selectPost: StatementSync;
  readonly #putPost: StatementSync;

  constructor({ path, cluster, name }: SqliteStoreOptions, database: DatabaseSync, id: string) {
    this.id = id;
    this.#path = path;
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#origin = originOf(cluster, name);
    // The last entry is the head: a row for it would be one more page to write in each append.
    // Whoever edits the file can write numbers and octets of any size: no more of them is read than shows that they are wrong.
    this.#selectHead = database.prepare(
      `SELECT min(entry, ${Number.MAX_SAFE_INTEGER}) AS entry, substr(hash, 1, 32) AS hash FROM entries ORDER BY entries.entry DESC LIMIT 1`,
    );
    this.#selectEntries = database.prepare(
      `SELECT substr(octets, 1, ${ENTRY_SIZE_MAX + 1}) AS octets FROM entries WHERE entry >= ? ORDER BY entry LIMIT ?`,
    );
    this.#selectPost = database.prepare(
      `SELECT octets FROM posts WHERE signer = ? AND length(octets) BETWEEN 1 AND ${POST_SIZE_MAX}`,
    );
    this.#putPost = database.prepare("INSERT OR REPLACE INTO posts VALUES (?, ?)");
    this.#insertEntry = database.prepare("INSERT INTO entries VALUES (?, ?, ?)");
    this.#deleteEntry = database.prepare("DELETE FROM entries WHERE entry = ?");
  }

  async head(): Promise<HeadAnswer> {
    return telling(this.#path, () => ({ head: this.#readHead(), isCurrent: true }));
  }

  async append(expected: LogHead, entries: readonly Entry[], order?: AppendOrder): Promise<"done" | "moved"> {
    checkAppend(expected, entries, order);
    return this.#inTransaction(() => {
      const head = this.#readHead();
      if (head.index !== expected.index || head.hash !== expected.hash)
        return this.#isThere(entries) ? "done" : "moved";
      for (const { index, hash, octets } of entries) this.#insertEntry.run(index, Buffer.from(hash, "hex"), octets);
      return "done";
    });
  }

  async read(from: number, count: number): Promise<ReadAnswer> {
    checkRead(from, count);
    return telling(this.#path, () => {
      const rows = this.#selectEntries.iterate(from, count) as Iterable<Row>;
      return { entries: withinAnswer(octetsOf(rows)), isCurrent: true };
    });
  }

  async drop(indexes: readonly number[]): Promise<void> {
    checkDrop(indexes);
    this.#inTransaction(() => {
      for (const index of indexes) this.#deleteEntry.run(index);
    });
  }

  async post(keyId: string, octets: Uint8Array): Promise<void> {
    checkPost(keyId, octets);
    this.#inTransaction(() => this.#putPost.run(Buffer.from(keyId, "hex"), octets));
  }

  async posts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    checkPosts(keyIds);
    return telling(this.#path, () => {
      const posts = new Map<string, Uint8Array>();
      for (const keyId of keyIds) {
        const row: Row | undefined = this.#selectPost.get(Buffer.from(keyId, "hex"));
        if (row !== undefined) posts.set(keyId, octetsIn(row, "octets"));
      }
      return posts;
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #readHead(): LogHead {
    const row: Row | undefined = this.#selectHead.get();
    if (row === undefined) return this.#origin;
    const { entry: index } = row;
    if (!Number.isSafeInteger(index)) throw new WrongTypeError("entry");
    return { index: index as number, hash: Buffer.from(octetsIn(row, "hash")).toString("hex") };
  }

  /** Whether the last one of some entries is there, and so are all, as it holds the hash of the one before. */
  #isThere(entries: readonly Entry[]): boolean {
    const last = entries.at(-1)!;
    const row: Row | undefined = this.#selectEntries.get(last.index, 1);
    return row !== undefined && Buffer.from(last.octets).equals(octetsIn(row, "octets"));
  }

  #inTransaction<Result>(action: () => Result): Result {
    return telling(this.#path, () => {
      this.#begin.run();
      try {
        const result = action();
        this.#commit.run();
        return result;
      } catch (error) {
        // SQLite ends some transactions by itself, as on a full disk.
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }
}

function* octetsOf(rows: Iterable<Row>): Generator<Uint8Array> {
  for (const row of rows) yield octetsIn(row, "octets");
}

/** A column has a value that this driver has not written. */
class WrongTypeError extends Error {
  constructor(column: string) {
    super(`a value of the column ${column} has a wrong type`);
  }
}

function octetsIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new WrongTypeError(column);
  return value;
}

/** Makes the tables of a new file, and refuses a file that holds something else. Returns the file's id. */
function prepareSchema(
  database: DatabaseSync,
  { path, cluster, name, isReadOnly = false }: SqliteStoreOptions,
): string {
  const origin = Buffer.from(originOf(cluster, name).hash, "hex");
  // Two processes may open a new file at once.
  database.exec(isReadOnly ? "BEGIN" : "BEGIN IMMEDIATE");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (version === 0 && tables === 0 && !isReadOnly) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO log VALUES (?, ?)").run(origin, randomBytes(16));
  } else if (version !== VERSION || !isLogOf(database, origin)) {
    throw new LogError("ERR_LOG_STORE_FOREIGN", `it does not hold the log ${name} of ${cluster}`, {
      where: { file: path },
    });
  }
  const row: Row = database.prepare("SELECT substr(id, 1, 16) AS id FROM log").get()!;
  database.exec("COMMIT");
  return Buffer.from(octetsIn(row, "id")).toString("hex");
}

function isLogOf(database: DatabaseSync, origin: Uint8Array): boolean {
  const row: Row | undefined = database.prepare("SELECT origin FROM log").get();
  return row !== undefined && Buffer.from(octetsIn(row, "origin")).equals(origin);
}

/** The errors that this throws are the operator's, and name the file. */
function telling<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof LogError) throw error;
    const { code, errcode, message } = error as NodeJS.ErrnoException & { readonly errcode?: number };
    // ERR_OUT_OF_RANGE: an integer that no number of this program can hold.
    if (error instanceof WrongTypeError || code === "ERR_OUT_OF_RANGE")
      throw new LogError("ERR_LOG_STORE_BROKEN", message, { where: { file: path }, cause: error });
    // An error that neither SQLite nor the system has made is a mistake of the program.
    if (errcode === undefined && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const told = (errcode === undefined ? undefined : CODES.get(errcode & 0xff)) ?? "ERR_LOG_STORE_SYSTEM";
    throw new LogError(told, errcode === undefined ? String(code) : message, { where: { file: path }, cause: error });
  }
}
