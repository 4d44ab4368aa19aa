/** SQLite under a file of names: what is written is on disk before a call returns, whole or not at all. */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { storeError } from "../store-error.ts";
import { APPLICATION_ID, TABLES, TABLES_VERSION } from "./name-tables.ts";

/** Answers of SQLite (https://sqlite.org/rescode.html). */
const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;

export class NameBase {
  readonly #base: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #isWithin = false;
  /** True: the file is damaged, and has to be made anew. */
  isBroken = false;

  private constructor(base: DatabaseSync) {
    this.#base = base;
    base.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    if (this.all("SELECT name FROM sqlite_schema LIMIT 1").length === 0) this.within(() => base.exec(TABLES));
    const [application] = this.all<{ readonly application_id: number }>("PRAGMA application_id");
    const [version] = this.all<{ readonly user_version: number }>("PRAGMA user_version");
    const isOurs = application?.application_id === APPLICATION_ID && version?.user_version === TABLES_VERSION;
    if (!isOurs) throw storeError("ERR_STORE_NAMES", "it is another program's, or of another version");
    const [check] = this.all<{ readonly quick_check: string }>("PRAGMA quick_check(1)");
    if (check?.quick_check !== "ok") throw new BrokenError();
  }

  /**
   * Opens a file, or makes it. A damaged one is set aside as `….damaged`, and another one made: the other holders have what was in it.
   *
   * @param onDamaged is told that it was
   * @param isDamaged it is known to be, though it may open
   * @throws OperatorError ERR_STORE_NAMES
   */
  static open(path: string, onDamaged: () => void, isDamaged: boolean): NameBase {
    try {
      if (!isDamaged) return NameBase.#open(path);
    } catch (error) {
      if (!isDamage(error)) throw asNamesError(path, error);
    }
    try {
      renameSync(path, `${path}.damaged`);
      for (const beside of ["-wal", "-shm"]) rmSync(path + beside, { force: true });
      onDamaged();
      return NameBase.#open(path);
    } catch (error) {
      throw asNamesError(path, error);
    }
  }

  static #open(path: string): NameBase {
    if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
    const base = new DatabaseSync(path);
    try {
      return new NameBase(base);
    } catch (error) {
      base.close();
      throw error;
    }
  }

  /** Does all of it, or nothing where it throws. Within another one it is a part of that. */
  within<Result>(action: () => Result): Result {
    if (this.#isWithin) return action();
    this.#guard(() => this.#base.exec("BEGIN IMMEDIATE"));
    this.#isWithin = true;
    try {
      const result = action();
      this.#guard(() => this.#base.exec("COMMIT"));
      return result;
    } catch (error) {
      if (this.#base.isTransaction) this.#base.exec("ROLLBACK");
      throw error;
    } finally {
      this.#isWithin = false;
    }
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]);
  }

  /** Returns how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...values).changes));
  }

  /** Rows as they are asked for: some of them have 600 KB. */
  *each<Row>(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    // Its own statement: whoever reads may ask for something else before the end.
    const rows = this.#guard(() => this.#base.prepare(sql).iterate(...values));
    try {
      for (;;) {
        const next = this.#guard(() => rows.next());
        if (next.done === true) return;
        yield next.value as Row;
      }
    } finally {
      // A statement that stays open keeps the log of writes from beginning anew.
      rows.return?.();
    }
  }

  close(): void {
    if (this.#base.isOpen) this.#base.close();
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#base.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      this.isBroken ||= isDamage(error);
      throw error;
    }
  }
}

class BrokenError extends Error {}

function isDamage(error: unknown): boolean {
  const primary = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  return error instanceof BrokenError || primary === SQLITE_CORRUPT || primary === SQLITE_NOT_A_DATABASE;
}

function asNamesError(path: string, cause: unknown): Error {
  return storeError("ERR_STORE_NAMES", `${path} cannot be used: ${(cause as Error).message}`, cause);
}
