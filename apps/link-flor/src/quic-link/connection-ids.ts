import assert from "node:assert";
import { readUint32 } from "@florenetes/wire-values";
import { CONNECTION_ID_LENGTH } from "./limits.ts";

/** Finds what a connection ID of ours belongs to. IDs are looked up as two numbers, which needs no string; all have the same length. */
export class ConnectionIds<Owner> {
  readonly #byHigh = new Map<number, Map<number, Owner>>();

  get(bytes: Uint8Array, at: number): Owner | undefined {
    return this.#byHigh.get(readUint32(bytes, at))?.get(readUint32(bytes, at + 4));
  }

  add(id: Uint8Array, owner: Owner): void {
    assert(id.length === CONNECTION_ID_LENGTH, "connection IDs have one length");
    const high = readUint32(id, 0);
    let byLow = this.#byHigh.get(high);
    if (byLow === undefined) {
      byLow = new Map();
      this.#byHigh.set(high, byLow);
    }
    byLow.set(readUint32(id, 4), owner);
  }

  delete(id: Uint8Array): void {
    const high = readUint32(id, 0);
    const byLow = this.#byHigh.get(high);
    byLow?.delete(readUint32(id, 4));
    if (byLow?.size === 0) this.#byHigh.delete(high);
  }

  get isEmpty(): boolean {
    return this.#byHigh.size === 0;
  }
}
