/** Whose signatures of entries are good, kept for a while: people look at the same entries again, and each signature costs a verification. */
import { type Fact, type FactBook, signersOf } from "@florenetes/facts";

export class ToldSigners {
  /** By the hashes of entries. */
  readonly #kept = new Map<string, readonly string[]>();
  /** The id of the root by which they are good. */
  #root: string | undefined;
  #until = 0;

  /**
   * Names of whoever has signed a record, by the root of today.
   *
   * @param hash The hash of the record's entry: it is of the signatures, too
   * @param now Milliseconds since 1970
   */
  of(fact: Fact, hash: string, book: FactBook, now: number): readonly string[] {
    // The keys of nodes are in records that come and go.
    if (fact.issuer !== undefined) return signersOf(fact, book.grounds(now));
    const root = book.authority.root.id;
    if (root !== this.#root || now >= this.#until || now < this.#until - KEPT_MS || this.#kept.size >= KEPT_MAX) {
      this.#kept.clear();
      this.#root = root;
      this.#until = now + KEPT_MS;
    }
    let signed = this.#kept.get(hash);
    if (signed === undefined) {
      signed = signersOf(fact, book.grounds(now));
      this.#kept.set(hash, signed);
    }
    return signed;
  }
}

/** Keys of the root before count for a time after it: so long may one be named that does not count any more. */
const KEPT_MS = 60_000;
const KEPT_MAX = 4_096;
