import { HolderError } from "../holder-error.ts";
import type { KeeperCounters } from "./collection-keeper.ts";
import type { Notices } from "./notices.ts";

/** Errors of the disk, and of the book of names on it, are counted and told, and end nothing. */
export class DiskFaults {
  readonly #node: string;
  readonly #counters: KeeperCounters;
  readonly #notices: Notices;

  constructor(node: string, counters: KeeperCounters, notices: Notices) {
    this.#node = node;
    this.#counters = counters;
    this.#notices = notices;
  }

  note(error: unknown): HolderError {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `The disk of ${this.#node} cannot be used: ${reason}.`;
    this.#counters.diskFaults++;
    this.#notices.say("disk", sentence);
    return new HolderError({ code: "ERR_STORAGE_DISK", message: sentence }, error);
  }

  /** Does something that concerns one shard: where the disk fails in it, the others go on. */
  async within(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof HolderError)) this.note(error);
    }
  }
}
