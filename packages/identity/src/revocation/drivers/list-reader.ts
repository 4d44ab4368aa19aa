/** Reads files of revocation lists: small ones here and now, large ones in a thread, so that nothing else waits for them. */
import { Worker } from "node:worker_threads";
import { LIST_INLINE_SIZE_MAX } from "../../limits.ts";
import { type ListFileResult, type ListFileTask, readListFile } from "../list-file.ts";

/** The thread's file, beside this one: in TypeScript from the sources, compiled from `dist`. */
const program = new URL(`./list-thread${import.meta.url.slice(-3)}`, import.meta.url);

export class ListReader {
  #worker: Worker | undefined;
  #isClosed = false;

  /** Reads one file at a time. Resolves with undefined when the reader was closed meanwhile. */
  async read(task: ListFileTask): Promise<ListFileResult | undefined> {
    if (this.#isClosed) return undefined;
    if (task.text.length <= LIST_INLINE_SIZE_MAX) return readListFile(task);
    const result = await this.#readInThread(task);
    if (result !== undefined || this.#isClosed) return result;
    // The system gave no thread. Reading here holds everything up for a moment, which is better than letting in
    // somebody who is revoked.
    return readListFile(task);
  }

  close(): void {
    this.#isClosed = true;
    void this.#worker?.terminate();
  }

  #readInThread(task: ListFileTask): Promise<ListFileResult | undefined> {
    return new Promise((resolve) => {
      const worker = startThread(task);
      if (worker === undefined) return resolve(undefined);
      this.#worker = worker;
      worker.once("message", (result: ListFileResult) => resolve(result));
      worker.once("error", () => resolve(undefined));
      worker.once("exit", () => {
        // The next thread may have begun: this one ends after it has answered.
        if (this.#worker === worker) this.#worker = undefined;
        resolve(undefined);
      });
    });
  }
}

/** Undefined when a limit of the system or of its container does not allow another thread. */
function startThread(task: ListFileTask): Worker | undefined {
  try {
    return new Worker(program, { workerData: task, name: "revocation lists" });
  } catch {
    return undefined;
  }
}
