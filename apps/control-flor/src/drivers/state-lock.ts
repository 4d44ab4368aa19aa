import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "@florenetes/operator-text";
import type { ControlConfigErrorCode } from "../config/config-errors.ts";

/** Holds a state folder for this process alone: two would destroy each other's audit. The system lets go of it when the process ends, however it does. */
export class StateLock implements Disposable {
  readonly #base: DatabaseSync;

  /** @throws OperatorError ERR_CONTROL_STATE_USED; the system's error, or SQLite's, where the folder takes no file */
  constructor(state: string) {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    // Node has no locks of files by itself, and SQLite has. Nothing is written into it.
    this.#base = new DatabaseSync(join(state, "lock"));
    try {
      this.#base.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      this.#base.close();
      if ((error as { readonly errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      const code: ControlConfigErrorCode = "ERR_CONTROL_STATE_USED";
      const advice = "End the other process, or name another folder as `state` of one of them.";
      throw new OperatorError(code, "another process uses this folder", {
        advice,
        where: { file: state },
        cause: error,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#base.close();
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;
