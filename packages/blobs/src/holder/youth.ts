import type { NameBook } from "./name-book.ts";

/** Has the book in which it ended: a copy that was put back is another one. */
const SETTLED_KEY = "settled";

/** Whether the names here began anew, and others were not heard yet: then this holder may have had any name, and says nothing about names. */
export class Youth {
  readonly #names: NameBook;
  #isOver: boolean;

  /** @throws what the book throws where it cannot be read */
  constructor(names: NameBook) {
    this.#names = names;
    this.#isOver = names.state(SETTLED_KEY) === names.book;
  }

  get isYoung(): boolean {
    return !this.#isOver;
  }

  /** Enough others were heard. */
  end(): void {
    this.#names.setState(SETTLED_KEY, this.#names.book);
    this.#isOver = true;
  }
}
