import { statfs } from "node:fs/promises";
import { NAMES_ROOM } from "../limits.ts";

/** Kinds of what is done with the disk: that one kind goes says nothing of another one. */
export type DiskAct = "write" | "touch" | "remove" | "read" | "find" | "list";

/** Octets that all collections here have together, and may have. */
export class DiskBudget {
  readonly #folder: string;
  /** Octets that all shards may have. */
  budget: number;
  /** Octets of all shards, with those that are being written. */
  used = 0;
  readonly #faults = new Map<DiskAct, string>();

  constructor(folder: string, budget: number) {
    this.#folder = folder;
    this.budget = budget;
  }

  /** The system's reason for which something could not be done with the disk when it was last tried; undefined: all goes. */
  get fault(): string | undefined {
    return this.#faults.get("write") ?? [...this.#faults.values()][0];
  }

  /** Octets that may still be written: by the budget, and by what is free without the room that names need. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return Math.max(0, Math.min(this.budget - this.used, bavail * bsize - NAMES_ROOM));
  }

  /** Does something with the disk, and remembers whether it went. */
  async watch<Result>(kind: DiskAct, action: () => Promise<Result>): Promise<Result> {
    try {
      const result = await action();
      this.#faults.delete(kind);
      return result;
    } catch (error) {
      this.#faults.set(kind, (error as NodeJS.ErrnoException).code ?? "UNKNOWN");
      throw error;
    }
  }
}
