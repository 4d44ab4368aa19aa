/** Sections of a page that are made anew at intervals, as long as somebody looks at them. */
import type { Markup } from "./markup.ts";
import type { Sections } from "./sections.ts";

/** A page that is kept up to date. */
export interface Page {
  /** Whether the page has yet to read much of what it was told. It is told nothing more until then, and what is newest afterwards. */
  isBehind(): boolean;
  /** @param changed the sections that are others than the page has */
  handleSections(changed: ReadonlyMap<string, Markup>): void;
}

interface Watcher {
  readonly page: Page;
  /** The text of each section that the page has. */
  readonly shown: Map<string, string>;
}

export class LiveSections implements Disposable {
  readonly #read: () => Promise<Sections>;
  readonly #everyMs: number;
  readonly #watchers = new Set<Watcher>();
  /** None while nobody looks: they would be old when somebody comes. */
  #newest: Sections = new Map();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #isOver = false;

  /** @param read makes the sections; never rejects */
  constructor(read: () => Promise<Sections>, everyMs: number) {
    this.#read = read;
    this.#everyMs = everyMs;
  }

  get pages(): number {
    return this.#watchers.size;
  }

  /** Has a page told what changes, from its first sections on, until the returned function is called. */
  watch(page: Page): () => void {
    const watcher = { page, shown: new Map<string, string>() };
    this.#watchers.add(watcher);
    if (this.#newest.size > 0) tell(watcher, this.#newest);
    if (this.#timer === undefined && !this.#isReading) void this.#look();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#newest = new Map();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#isReading = true;
    const sections = await this.#read();
    this.#isReading = false;
    if (this.#isOver || this.#watchers.size === 0) return;
    this.#newest = sections;
    for (const watcher of this.#watchers) tell(watcher, sections);
    this.#timer = setTimeout(() => void this.#look(), this.#everyMs);
  }
}

function tell({ page, shown }: Watcher, sections: Sections): void {
  if (page.isBehind()) return;
  const changed = new Map([...sections].filter(([id, { text }]) => shown.get(id) !== text));
  for (const [id, { text }] of changed) shown.set(id, text);
  page.handleSections(changed);
}
