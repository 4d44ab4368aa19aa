import { GONE_KEPT_MS } from "../limits.ts";
import { type HolderCore, workingTerms } from "./core.ts";
import { COLLECTED_SHARDS_MAX, FORGOTTEN_NAMES_MAX, UNNAMED_KEPT_MS, UNNAMED_MAX } from "./limits.ts";

const BEGUN_KEY = "begun";

/** Removes shards that were not put, and that no live entry has named, for a day, and forgets names that are gone for long. */
export class Collecting {
  readonly #core: HolderCore;
  /** When this life of the book began: names that it has lost may have named any shard until then. */
  readonly #begun: number;
  #after = "";

  /** @throws what the book throws where it cannot be read */
  constructor(core: HolderCore) {
    this.#core = core;
    const { names, now } = core;
    const [book, begun] = names.state(BEGUN_KEY)?.split(" ") ?? [];
    this.#begun = book === names.book ? Number(begun) : now();
  }

  /** True: it has found some, and there may be more. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { disk, names, youth, shelf, now } = this.#core;
    // Without a record, or without the names, nobody can tell what is needed.
    if (workingTerms(this.#core) === undefined || youth.isYoung) return false;
    const begun = `${names.book} ${this.#begun}`;
    if (names.state(BEGUN_KEY) !== begun) names.setState(BEGUN_KEY, begun);
    const forgotten = names.within(() => names.forget(now() - GONE_KEPT_MS, FORGOTTEN_NAMES_MAX));
    // All at once: none of them says anything any more, and there are only so many.
    names.forgetUnnamed(now() - UNNAMED_KEPT_MS, UNNAMED_MAX);
    const page = await disk.list(this.#after, COLLECTED_SHARDS_MAX);
    let isMore = forgotten === FORGOTTEN_NAMES_MAX;
    for (const { hash, touched } of page) {
      if (signal.aborted) return false;
      if (!this.#isOver(hash, touched)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one look at the disk at a time
      await shelf.removeIf(hash, (last) => this.#isOver(hash, last));
      isMore ||= page.length === COLLECTED_SHARDS_MAX;
    }
    this.#after = page.length < COLLECTED_SHARDS_MAX ? "" : page.at(-1)!.hash;
    return isMore;
  }

  /** Whether a shard has had its day. A removal may yet be taken back, so the day begins anew when the last name goes. */
  #isOver(hash: string, touched: number): boolean {
    const { names, now } = this.#core;
    return now() - Math.max(touched, names.unnamedSince(hash), this.#begun) >= UNNAMED_KEPT_MS && !names.isNamed(hash);
  }
}
