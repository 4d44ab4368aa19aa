import { GONE_KEPT_MS } from "../limits.ts";
import type { HolderCore } from "./core.ts";
import { COLLECTED_SHARDS_MAX, FORGOTTEN_NAMES_MAX, UNNAMED_KEPT_MS } from "./limits.ts";

/** Removes shards that no live entry has named for a day, and forgets names that are gone for long. */
export class Collecting {
  readonly #core: HolderCore;
  #after = "";

  constructor(core: HolderCore) {
    this.#core = core;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { disk, names, shelf, now } = this.#core;
    names.within(() => names.forget(now() - GONE_KEPT_MS, FORGOTTEN_NAMES_MAX));
    const page = await disk.list(this.#after, COLLECTED_SHARDS_MAX);
    for (const { hash, touched } of page) {
      if (signal.aborted) return;
      if (now() - touched < UNNAMED_KEPT_MS || names.isNamed(hash)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one look at the disk at a time
      await shelf.removeIf(hash, (last) => now() - last >= UNNAMED_KEPT_MS && !names.isNamed(hash));
    }
    this.#after = page.length < COLLECTED_SHARDS_MAX ? "" : page.at(-1)!.hash;
  }
}
