/** The network below a fleet: who is at which address, how long packets are under way, and which places do not hear each other. */
import type { LinkOwner } from "./fleet-link.ts";

export class FleetNet {
  readonly #places = new Map<string, LinkOwner>();
  readonly #endpoints = new Map<string, string>();
  readonly #cut = new Set<string>();
  readonly #delayMs: (one: string, other: string) => number;
  #last = 0;

  constructor(delayMs: (one: string, other: string) => number) {
    this.#delayMs = delayMs;
  }

  /** Gives a vertex an address that nobody has had; what it had before leads nowhere. */
  place(vertex: LinkOwner): void {
    const number = ++this.#last;
    const before = this.#endpoints.get(vertex.name);
    if (before !== undefined) this.#places.delete(before);
    const endpoint = `udp://52.${number >> 16}.${(number >> 8) & 255}.${number & 255}:4433`;
    this.#places.set(endpoint, vertex);
    this.#endpoints.set(vertex.name, endpoint);
  }

  endpointOf(name: string): string {
    return this.#endpoints.get(name)!;
  }

  at(endpoint: string): LinkOwner | undefined {
    return this.#places.get(endpoint);
  }

  delayMs(one: string, other: string): number {
    return this.#delayMs(one, other);
  }

  cut(one: string, other: string): void {
    this.#cut.add(pairOf(one, other));
  }

  mend(one: string, other: string): void {
    this.#cut.delete(pairOf(one, other));
  }

  isCut(one: string, other: string): boolean {
    return this.#cut.size > 0 && this.#cut.has(pairOf(one, other));
  }
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
