import { statfs } from "node:fs/promises";
import { NAMES_ROOM } from "../limits.ts";

/** Octets that all collections here have together, and may have. */
export class DiskBudget {
  readonly #folder: string;
  /** Octets that all shards may have. */
  budget: number;
  /** Octets of all shards, with those that are being written. */
  used = 0;
  readonly #faults = new Map<"read" | "write", string>();

  constructor(folder: string, budget: number) {
    this.#folder = folder;
    this.budget = budget;
  }

  /** The system's reason for which the disk took nothing, or gave nothing, when it was last tried; undefined: it does. */
  get fault(): string | undefined {
    return this.#faults.get("write") ?? this.#faults.get("read");
  }

  /** Octets that may still be written: by the budget, and by what is free without the room that names need. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return Math.max(0, Math.min(this.budget - this.used, bavail * bsize - NAMES_ROOM));
  }

  /** Does something with the disk, and remembers whether it went. */
  async watch<Result>(kind: "read" | "write", action: () => Promise<Result>): Promise<Result> {
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
