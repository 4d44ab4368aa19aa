import { existsSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { KeptRow } from "../agent/kept-row.ts";

type Row = KeptRow & { readonly text: string };

/**
 * Rows that are a help after a restart and no more, such as the leases and permits that a coordinator has given: a file that is damaged or cannot be written is done without, and
 * nothing is synced, so that no write waits for the disk.
 */
export class KeptRows implements Disposable {
  readonly #path: string;
  #file: DatabaseSync | undefined;

  /** @param path The file; it is made with the first row. */
  constructor(path: string) {
    this.#path = path;
  }

  /** All rows; none where the file is not there or is damaged: then it is gone. */
  read(): readonly Row[] {
    if (!existsSync(this.#path)) return [];
    try {
      const rows = this.#open().prepare("SELECT name, text FROM kept ORDER BY name").all();
      return rows.map(({ name, text }) => ({ name: String(name), text: String(text) }));
    } catch {
      this.#lose();
      return [];
    }
  }

  keep(rows: readonly KeptRow[]): void {
    try {
      const file = this.#open();
      const put = file.prepare("INSERT OR REPLACE INTO kept VALUES (?, ?)");
      const remove = file.prepare("DELETE FROM kept WHERE name = ?");
      file.exec("BEGIN");
      for (const { name, text } of rows) {
        if (text === undefined) remove.run(name);
        else put.run(name, text);
      }
      file.exec("COMMIT");
    } catch {
      // Rows that are not those of now would be worse than none.
      this.#lose();
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): DatabaseSync {
    if (this.#file !== undefined) return this.#file;
    this.#file = new DatabaseSync(this.#path);
    this.#file.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID",
    );
    return this.#file;
  }

  #lose(): void {
    try {
      this.#file?.close();
    } catch {
      // A file that is not open has nothing to be closed.
    }
    this.#file = undefined;
    for (const end of ["", "-wal", "-shm"]) {
      try {
        rmSync(`${this.#path}${end}`, { force: true });
      } catch {
        // A disk that takes no file may not give one up, either.
      }
    }
  }
}
