import { smallestGroup } from "./address-groups.ts";
import { knownAddressesPerVertex, knownVerticesMax } from "./limits.ts";

/**
 * The addresses that links have come up from. A vertex has to prove itself to be remembered, and takes the place of nothing but
 * its own oldest address, or of the vertex that was not seen for longest. It performs no I/O.
 */
export class KnownAddresses {
  /** Both in the order in which they were proven last. */
  readonly #byVertex = new Map<string, readonly string[]>();
  /** How many vertices each address is of. */
  readonly #counts = new Map<string, number>();
  #hasNews = false;

  /** Not of an IPv6 address alone, but of its /64. */
  has(host: string): boolean {
    return this.#counts.size > 0 && this.#counts.has(smallestGroup(host));
  }

  /** A link has come up. */
  handleProven(vertex: string, host: string): void {
    const group = smallestGroup(host);
    const before = this.#byVertex.get(vertex) ?? [];
    this.#hasNews ||= !before.includes(group);
    this.#put(vertex, [...before.filter((other) => other !== group), group]);
  }

  /** Whether there is more to be kept than when it was last asked. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** One line for each vertex: its name, and its addresses. */
  toText(): string {
    return [...this.#byVertex].map(([vertex, groups]) => `${vertex} ${groups.join(" ")}\n`).join("");
  }

  /** What `toText` gave. Of anything else it takes what looks like lines of it: at worst it knows addresses that nobody has. */
  read(text: string): void {
    for (const line of text.split("\n").slice(0, knownVerticesMax)) {
      const [vertex = "", ...groups] = line.split(" ");
      if (/^[\w.-]{1,63}$/.test(vertex) && groups.length > 0 && groups.every(isGroup)) this.#put(vertex, groups);
    }
  }

  #put(vertex: string, groups: readonly string[]): void {
    this.#remove(vertex);
    const kept = groups.slice(-knownAddressesPerVertex);
    this.#byVertex.set(vertex, kept);
    for (const group of kept) this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
    if (this.#byVertex.size > knownVerticesMax) this.#remove(this.#byVertex.keys().next().value!);
  }

  #remove(vertex: string): void {
    for (const group of this.#byVertex.get(vertex) ?? []) {
      const count = this.#counts.get(group)! - 1;
      if (count > 0) this.#counts.set(group, count);
      else this.#counts.delete(group);
    }
    this.#byVertex.delete(vertex);
  }
}

function isGroup(text: string): boolean {
  return /^[\da-f.:]{2,39}$/.test(text);
}
