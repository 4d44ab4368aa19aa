import { GONE_KEPT_MS } from "../limits.ts";
import type { HolderCore } from "./core.ts";
import { COLLECTED_SHARDS_MAX, FORGOTTEN_NAMES_MAX, UNNAMED_KEPT_MS, UNNAMED_MAX } from "./limits.ts";

/** Removes shards that were not put, and that no live entry has named, for a day, and forgets names that are gone for long. */
export class Collecting {
  readonly #core: HolderCore;
  #after = "";

  constructor(core: HolderCore) {
    this.#core = core;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { disk, names, shelf, now } = this.#core;
    names.within(() => names.forget(now() - GONE_KEPT_MS, FORGOTTEN_NAMES_MAX));
    // All at once: none of them says anything any more, and there are only so many.
    names.forgetUnnamed(now() - UNNAMED_KEPT_MS, UNNAMED_MAX);
    const page = await disk.list(this.#after, COLLECTED_SHARDS_MAX);
    for (const { hash, touched } of page) {
      if (signal.aborted) return;
      if (!this.#isOver(hash, touched)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one look at the disk at a time
      await shelf.removeIf(hash, (last) => this.#isOver(hash, last));
    }
    this.#after = page.length < COLLECTED_SHARDS_MAX ? "" : page.at(-1)!.hash;
  }

  /** Whether a shard has had its day. A removal may yet be taken back, so the day begins anew when the last name goes. */
  #isOver(hash: string, touched: number): boolean {
    const { names, now } = this.#core;
    return now() - Math.max(touched, names.unnamedSince(hash)) >= UNNAMED_KEPT_MS && !names.isNamed(hash);
  }
}
