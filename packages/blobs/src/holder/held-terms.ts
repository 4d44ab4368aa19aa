import { type CollectionTerms, toldCollections } from "../terms.ts";
import { FORMER_HOLDERS_MAX, UNTOLD_WRITES_MS } from "./limits.ts";
import type { NameBook } from "./name-book.ts";

/** How a holder stands to its collection: see `KeeperStatus`. */
export type HoldingState = "open" | "read-only" | "left" | "unknown";

const TERMS_KEY = "terms";
const TOLD_KEY = "told";
const FORMER_KEY = "former";
/** How old the note of the last telling on the disk may be. */
const TOLD_NOTE_MS = 60_000;

/** The terms of a collection, as the agent told them last: they outlive the process and the agent. */
export class HeldTerms {
  readonly #names: NameBook;
  readonly #node: string;
  readonly #now: () => number;
  #terms: CollectionTerms | undefined;
  #former: readonly string[];
  /** When the agent told them last, by the clock on the wall. */
  #told: number;
  #noted: number;

  constructor(names: NameBook, node: string, now: () => number) {
    this.#names = names;
    this.#node = node;
    this.#now = now;
    this.#terms = readTerms(names.state(TERMS_KEY));
    this.#former = (names.state(FORMER_KEY) ?? "").split(" ").filter((former) => former !== "");
    this.#told = Number(names.state(TOLD_KEY) ?? 0);
    this.#noted = this.#told;
  }

  get terms(): CollectionTerms | undefined {
    return this.#terms;
  }

  /** Nodes that held the collection by earlier records, and no longer do. */
  get former(): readonly string[] {
    return this.#former;
  }

  get state(): HoldingState {
    if (this.#terms === undefined) return "unknown";
    if (!this.#terms.holders.some(({ node }) => node === this.#node)) return "left";
    const age = this.#now() - this.#told;
    return age > UNTOLD_WRITES_MS || age < -UNTOLD_WRITES_MS ? "read-only" : "open";
  }

  /**
   * Goes by these terms from now on, and writes them down.
   *
   * @throws what the book throws where they cannot be written; they count all the same, and are written once they are told again
   */
  take(terms: CollectionTerms | undefined): void {
    if (terms === undefined) {
      this.#note(0);
      return;
    }
    const held = this.#terms;
    if (held !== undefined && (terms.recoveryEpoch < held.recoveryEpoch || terms.epoch < held.epoch)) return;
    this.#former = this.#formerOf(terms);
    this.#terms = terms;
    this.#told = this.#now();
    const text = JSON.stringify(terms);
    if (text !== this.#names.state(TERMS_KEY)) {
      this.#names.within(() => {
        this.#names.setState(TERMS_KEY, text);
        this.#names.setState(FORMER_KEY, this.#former.join(" "));
      });
    }
    this.#note(this.#told);
  }

  #note(told: number): void {
    this.#told = told;
    if (told !== 0 && Math.abs(told - this.#noted) < TOLD_NOTE_MS) return;
    if (told === this.#noted) return;
    this.#names.setState(TOLD_KEY, String(told));
    this.#noted = told;
  }

  #formerOf({ holders }: CollectionTerms): readonly string[] {
    const present = new Set(holders.map(({ node }) => node));
    const before = (this.#terms?.holders ?? []).map(({ node }) => node);
    const all = [...new Set([...before, ...this.#former])].filter((node) => !present.has(node) && node !== this.#node);
    return all.slice(0, FORMER_HOLDERS_MAX);
  }
}

/** Reads the terms that a holder's disk remembers; undefined: they are not of the right form. */
function readTerms(text: string | undefined): CollectionTerms | undefined {
  if (text === undefined) return undefined;
  try {
    const told = toldCollections.safeParse({ cluster: "", node: "", collections: [JSON.parse(text)] });
    return told.data?.collections[0];
  } catch {
    return undefined;
  }
}
