import { KnownGroups } from "@florenetes/scheduling";
import { isName } from "@florenetes/operator-text";
import { smallestGroup } from "./address-groups.ts";
import { KNOWN_ADDRESSES_PER_VERTEX, KNOWN_VERTICES_MAX } from "../limits.ts";

/** The addresses that links have come up from, by vertex; of an IPv6 address its /64. It performs no I/O. */
export class KnownAddresses {
  readonly #groups = new KnownGroups(KNOWN_VERTICES_MAX, KNOWN_ADDRESSES_PER_VERTEX);
  #hasNews = false;

  has(host: string): boolean {
    return this.#groups.has(smallestGroup(host));
  }

  /** A link has come up. */
  handleProven(vertex: string, host: string): void {
    if (this.#groups.handleProven(vertex, smallestGroup(host))) this.#hasNews = true;
  }

  /** Whether addresses have changed since this was last asked. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** Writes a line for each vertex: its name, then its addresses. */
  toText(): string {
    return [...this.#groups.entries()].map(([vertex, groups]) => `${vertex} ${groups.join(" ")}\n`).join("");
  }

  /** Reads a text of `toText`. From any other text it takes what looks like its lines: at worst it knows addresses that nobody
   *  has. */
  read(text: string): void {
    for (const line of text.split("\n").slice(0, KNOWN_VERTICES_MAX)) {
      const [vertex = "", ...groups] = line.split(" ");
      if (!isName(vertex) || !groups.every(isGroup)) continue;
      for (const group of groups.slice(-KNOWN_ADDRESSES_PER_VERTEX)) this.#groups.handleProven(vertex, group);
    }
  }
}

function isGroup(text: string): boolean {
  return /^[\da-f.:]{2,39}$/.test(text);
}
