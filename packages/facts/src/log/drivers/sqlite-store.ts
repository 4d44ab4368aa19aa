/** A log in a file of SQLite: for one machine. What `append` has answered is on the disk. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Entry, type LogHead, originOf } from "../entry.ts";
import { LogError, type LogErrorCode } from "../errors.ts";
import { ENTRY_SIZE_MAX, POST_SIZE_MAX } from "../limits.ts";
import {
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

interface HeadRow {
  readonly entry: number;
  readonly hash: Uint8Array;
}

/** `user_version` of the file: another one is of a later version of this driver. */
const VERSION = 1;
/** Another process of this machine may be writing. */
const BUSY_MS = 1_000;
const SCHEMA = `
  CREATE TABLE log (origin BLOB NOT NULL) STRICT;
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
export function openSqliteStore(options: SqliteStoreOptions): LogStore {
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
      prepareSchema(database, options);
      return new SqliteStore(options, database);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

class SqliteStore implements LogStore {
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

  constructor({ path, cluster, name }: SqliteStoreOptions, database: DatabaseSync) {
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

  async append(expected: LogHead, entries: readonly Entry[]): Promise<"done" | "moved"> {
    checkAppend(expected, entries);
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
      const rows = this.#selectEntries.iterate(from, count) as Iterable<{ readonly octets: Uint8Array }>;
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
        const row = this.#selectPost.get(Buffer.from(keyId, "hex")) as { readonly octets: Uint8Array } | undefined;
        if (row !== undefined) posts.set(keyId, row.octets);
      }
      return posts;
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #readHead(): LogHead {
    const row = this.#selectHead.get() as HeadRow | undefined;
    return row === undefined ? this.#origin : { index: row.entry, hash: Buffer.from(row.hash).toString("hex") };
  }

  /** Whether the last one of some entries is there, and so are all, as it holds the hash of the one before. */
  #isThere(entries: readonly Entry[]): boolean {
    const last = entries.at(-1)!;
    const row = this.#selectEntries.get(last.index, 1) as { readonly octets: Uint8Array } | undefined;
    return row !== undefined && Buffer.from(last.octets).equals(row.octets);
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

function* octetsOf(rows: Iterable<{ readonly octets: Uint8Array }>): Generator<Uint8Array> {
  for (const { octets } of rows) yield octets;
}

/** Makes the tables of a new file, and refuses a file that holds something else. */
function prepareSchema(database: DatabaseSync, { path, cluster, name, isReadOnly = false }: SqliteStoreOptions): void {
  const origin = Buffer.from(originOf(cluster, name).hash, "hex");
  // Two processes may open a new file at once.
  database.exec(isReadOnly ? "BEGIN" : "BEGIN IMMEDIATE");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (version === 0 && tables === 0 && !isReadOnly) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO log VALUES (?)").run(origin);
  } else if (version !== VERSION || !isLogOf(database, origin)) {
    throw new LogError("ERR_LOG_STORE_FOREIGN", `it does not hold the log ${name} of ${cluster}`, {
      where: { file: path },
    });
  }
  database.exec("COMMIT");
}

function isLogOf(database: DatabaseSync, origin: Uint8Array): boolean {
  const row = database.prepare("SELECT origin FROM log").get() as { readonly origin: Uint8Array } | undefined;
  return row !== undefined && Buffer.from(row.origin).equals(origin);
}

/** The errors that this throws are the operator's, and name the file. */
function telling<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof LogError) throw error;
    const { code, errcode, message } = error as NodeJS.ErrnoException & { readonly errcode?: number };
    // An error that neither SQLite nor the system has made is a mistake of the program.
    if (errcode === undefined && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const told = (errcode === undefined ? undefined : CODES.get(errcode & 0xff)) ?? "ERR_LOG_STORE_SYSTEM";
    throw new LogError(told, errcode === undefined ? String(code) : message, { where: { file: path }, cause: error });
  }
}
