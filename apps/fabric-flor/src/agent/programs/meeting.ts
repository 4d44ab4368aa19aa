/** How programs with one rule come together: the keys that the root lists, and their posts on the board of the log's store. Pure. */
import type { FactBook, Quorum, QuorumName } from "@florenetes/facts";
import { POSTS_READ_MAX, writePost } from "@florenetes/facts/log";
import type { ProgramOrder } from "./program-orders.ts";

export class Meeting {
  /** The id of the key that has the rule; undefined: there is none. */
  readonly keyId: string | undefined;
  readonly #placeOf: (keyId: string) => string;
  readonly #authority: QuorumName;
  #quorum: Quorum | undefined;
  #posted = "";

  /**
   * @param placeOf The place of a program's post with this rule
   * @param authority The quorum whose records the programs sign
   */
  constructor(keyId: string | undefined, placeOf: (keyId: string) => string, authority: QuorumName = "control") {
    this.keyId = keyId;
    this.#placeOf = placeOf;
    this.#authority = authority;
  }

  /** Whether the root lists the key as a program's. */
  get isListed(): boolean {
    return this.keyId !== undefined && this.#quorum?.keys.get(this.keyId)?.isAuto === true;
  }

  /** How many programs have to sign. */
  get threshold(): number {
    return this.#quorum?.threshold ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the keys that count now. */
  follow(book: FactBook, wall: number): void {
    this.#quorum = book.authority.quorum(this.#authority, wall);
  }

  /** The raw public key of a program that the root lists. */
  keyOf(keyId: string): string | undefined {
    const listed = this.#quorum?.keys.get(keyId);
    return listed?.isAuto === true ? listed.key : undefined;
  }

  /** The ids of the keys of all programs, in their order. */
  programs(): readonly string[] {
    const keys = [...(this.#quorum?.keys ?? [])].filter(([, { isAuto }]) => isAuto);
    return keys.map(([keyId]) => keyId).toSorted();
  }

  /** Orders by which the parts that this program has to show are posted, and the posts of the others are read. */
  *orders(parts: readonly Uint8Array[]): Generator<ProgramOrder> {
    const octets = writePost(parts);
    const text = octets.toString("latin1");
    if (parts.length > 0 && text !== this.#posted) {
      this.#posted = text;
      yield { kind: "post", place: this.#placeOf(this.keyId!), octets };
    }
    const places = this.#others().map((keyId) => this.#placeOf(keyId));
    for (let at = 0; at < places.length; at += POSTS_READ_MAX)
      yield { kind: "look", places: places.slice(at, at + POSTS_READ_MAX) };
  }

  /** Orders by which the last post is taken back: the program would not sign any more what it has shown. */
  *withdraw(): Generator<ProgramOrder> {
    if (this.#posted === "") return;
    this.#posted = "";
    yield { kind: "post", place: this.#placeOf(this.keyId!), octets: writePost([]) };
  }

  /** The last post did not come to the board: it is posted again. */
  handleNotPosted(): void {
    this.#posted = "";
  }

  /** The posts of the other programs, by the ids of their keys. */
  *read(posts: ReadonlyMap<string, Uint8Array>): Generator<readonly [keyId: string, octets: Uint8Array]> {
    for (const keyId of this.#others()) {
      const octets = posts.get(this.#placeOf(keyId));
      if (octets !== undefined) yield [keyId, octets];
    }
  }

  #others(): readonly string[] {
    return this.programs().filter((keyId) => keyId !== this.keyId);
  }
}
