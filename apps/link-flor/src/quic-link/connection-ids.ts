import assert from "node:assert";
import { connectionIdLength } from "./limits.ts";

/**
 * Finds what a connection ID of ours belongs to, by two numbers and without a string. All IDs have the same length.
 */
export class ConnectionIds<Owner> {
  readonly #byHigh = new Map<number, Map<number, Owner>>();

  get(bytes: Uint8Array, at: number): Owner | undefined {
    return this.#byHigh.get(word(bytes, at))?.get(word(bytes, at + 4));
  }

  add(id: Uint8Array, owner: Owner): void {
    assert(id.length === connectionIdLength, "connection IDs have one length");
    const high = word(id, 0);
    let byLow = this.#byHigh.get(high);
    if (byLow === undefined) {
      byLow = new Map();
      this.#byHigh.set(high, byLow);
    }
    byLow.set(word(id, 4), owner);
  }

  delete(id: Uint8Array): void {
    const high = word(id, 0);
    const byLow = this.#byHigh.get(high);
    byLow?.delete(word(id, 4));
    if (byLow?.size === 0) this.#byHigh.delete(high);
  }

  get isEmpty(): boolean {
    return this.#byHigh.size === 0;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
