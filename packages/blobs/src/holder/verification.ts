import type { HolderCore } from "./core.ts";
import { VERIFY_HURRY_OCTETS, VERIFY_OCTETS_MIN, VERIFY_ROUND_MS, VERIFY_TURNS } from "./limits.ts";

const KEY = "verified";
const BEGUN_KEY = "verified since";
/** Shards of one page. */
const PAGE = 16;

/** Reads shards here and sets aside what is damaged: all of them within 30 days, also over restarts, and soon once one was found. */
export class Verification {
  readonly #core: HolderCore;
  /** Damaged shards that were known in the last turn. */
  #damaged = 0;
  /** Octets that are to be read in a hurry: a disk that has damaged one shard may have damaged others. */
  #owed = 0;

  constructor(core: HolderCore) {
    this.#core = core;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { disk, counters } = this.#core;
    if (counters.shardsDamaged > this.#damaged) this.#owed = disk.octets;
    this.#damaged = counters.shardsDamaged;
    if (!this.#begin()) return;
    const share = Math.max(disk.octets / VERIFY_TURNS, this.#owed > 0 ? VERIFY_HURRY_OCTETS : VERIFY_OCTETS_MIN);
    const read = await this.#read(share, signal);
    this.#owed = Math.max(0, this.#owed - read);
  }

  /** Whether a round is under way now; one begins where it is time for it, also after a restart. */
  #begin(): boolean {
    const { names, now } = this.#core;
    if ((names.state(KEY) ?? "") !== "") return true;
    const age = now() - Number(names.state(BEGUN_KEY) ?? -Infinity);
    if (this.#owed === 0 && age >= 0 && age < VERIFY_ROUND_MS) return false;
    names.setState(BEGUN_KEY, String(now()));
    return true;
  }

  /** Reads so many octets, or up to the last shard. Returns how many it has read. */
  async #read(share: number, signal: AbortSignal): Promise<number> {
    const { disk, names, shelf, faults } = this.#core;
    let after = names.state(KEY) ?? "";
    let read = 0;
    while (read < share && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a page at a time
      const page = await disk.list(after, PAGE);
      for (const { hash, size } of page) {
        // oxlint-disable-next-line no-await-in-loop -- one shard in memory at a time
        await faults.within(async () => void (await shelf.getIntact(hash)));
        read += disk.footprint(size);
        after = hash;
        if (read >= share) break;
      }
      const isEnd = page.length < PAGE && (page.at(-1)?.hash ?? after) === after;
      if (isEnd) after = "";
      if (isEnd) break;
    }
    names.setState(KEY, after);
    return read;
  }
}
