import type { HolderCore } from "./core.ts";
import { VERIFY_OCTETS_MIN, VERIFY_TURNS } from "./limits.ts";

const KEY = "verified";
/** Shards of one page. */
const PAGE = 16;

/** Reads shards here and sets aside what is damaged: all of them within 30 days, also over restarts. */
export class Verification {
  readonly #core: HolderCore;

  constructor(core: HolderCore) {
    this.#core = core;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { disk, names, shelf, faults } = this.#core;
    const share = Math.max(disk.octets / VERIFY_TURNS, VERIFY_OCTETS_MIN);
    let after = names.state(KEY) ?? "";
    for (let read = 0; read < share && !signal.aborted;) {
      // oxlint-disable-next-line no-await-in-loop -- a page at a time
      const page = await disk.list(after, PAGE);
      for (const { hash, size } of page) {
        // oxlint-disable-next-line no-await-in-loop -- one shard in memory at a time
        await faults.within(async () => void (await shelf.getIntact(hash)));
        read += size;
        after = hash;
        if (read >= share) break;
      }
      if (page.length < PAGE && page.at(-1)?.hash === after) after = "";
      if (page.length === 0) after = "";
      if (after === "") break;
    }
    names.setState(KEY, after);
  }
}
