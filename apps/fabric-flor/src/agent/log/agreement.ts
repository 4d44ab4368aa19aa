/** Whether the last checkpoint has the directory of this node, and where not. Pure; times are milliseconds since 1970. */
import type { Fact } from "@florenetes/facts";
import { type Checkpoint, differingSections, directoryOf, type SectionDigest } from "@florenetes/facts/log";
import { AGREE_MS } from "../limits.ts";

export interface DirectoryBases {
  /** The directory at an entry and a time, where this node has read the log so far. */
  readonly atEntry: (index: number, time: number) => readonly SectionDigest[] | undefined;
  /** All records in force that belong into a log. */
  readonly held: () => readonly Fact[];
}

/** Sections that each node has whole, also without a copy of the log. */
const EVERYWHERE: ReadonlySet<string> = new Set(["entry", "public"]);

export class Agreement {
  #sections: readonly SectionDigest[] = [];
  #since = 0;
  #isSame = false;
  #hasBegun = false;
  #differing: readonly string[] = [];

  /** Whether the last checkpoint has the directory of this node. */
  get isSame(): boolean {
    return this.#isSame;
  }

  /** The sections in which it has another one. */
  get differing(): readonly string[] {
    return this.#differing;
  }

  /** The next checkpoint was accepted. */
  begin(sections: readonly SectionDigest[], wall: number): void {
    this.#sections = sections;
    // A difference goes on since the first checkpoint that had it, however fast others follow.
    if (this.#isSame || !this.#hasBegun) this.#since = wall;
    this.#isSame = false;
    this.#hasBegun = true;
  }

  /**
   * Looks again, until both are the same once: records come a little before or behind a checkpoint. Returns the sections that differ; those of the checkpoint before, for
   * as long as records may be on their way.
   */
  look(last: Checkpoint | undefined, bases: DirectoryBases, wall: number): readonly string[] {
    if (last === undefined || !this.#hasBegun || this.#isSame) return this.#differing;
    const own = bases.atEntry(last.index, last.issued);
    const differing =
      own === undefined
        ? differingSections(this.#sections, directoryOf(bases.held())).filter((name) => EVERYWHERE.has(name))
        : differingSections(this.#sections, own);
    this.#isSame = differing.length === 0;
    if (this.#isSame || wall - this.#since >= AGREE_MS) this.#differing = differing;
    return this.#differing;
  }
}
