/**
 * Serial numbers in one buffer, which moves between threads without a copy: an open hash table of slots, each with the
 * length of a number and its octets. Half of the slots stay empty. The numbers come from a signed list, so no attacker
 * chooses them to make the table slow.
 */
import { SERIAL_OCTETS_MAX } from "../limits.ts";

/** A leading zero keeps the largest numbers positive. */
const SERIAL_SIZE_MAX = SERIAL_OCTETS_MAX + 1;
const SLOT_SIZE = 1 + SERIAL_SIZE_MAX;

export class SerialSet {
  readonly size: number;
  readonly #slots: Uint8Array;
  readonly #mask: number;

  /** Takes over the `slots` of another set. */
  constructor(slots: Uint8Array, size: number) {
    this.#slots = slots;
    this.#mask = slots.length / SLOT_SIZE - 1;
    this.size = size;
  }

  /** The whole set in one buffer of its own. */
  get slots(): Uint8Array {
    return this.#slots;
  }

  /** Says whether the set holds the number, given in lower-case hex. */
  has(serial: string): boolean {
    const size = serial.length / 2;
    if (size < 1 || size > SERIAL_SIZE_MAX || !Number.isInteger(size)) return false;
    for (let i = 0; i < size; i++) scratch[i] = hexDigit(serial, 2 * i) * 16 + hexDigit(serial, 2 * i + 1);
    return this.#slots[findSlot(this.#slots, this.#mask, scratch, size)] !== 0;
  }

  /** All numbers in lower-case hex, in no order. */
  *[Symbol.iterator](): Generator<string> {
    for (let at = 0; at < this.#slots.length; at += SLOT_SIZE) {
      const size = this.#slots[at]!;
      if (size > 0) yield Buffer.from(this.#slots.subarray(at + 1, at + 1 + size)).toString("hex");
    }
  }
}

/** Gathers a set. */
export class SerialSetBuilder {
  readonly #slots: Uint8Array;
  readonly #mask: number;
  #size = 0;

  /** Makes room for at most `count` numbers. */
  constructor(count: number) {
    let slots = 2;
    while (slots < 2 * count) slots *= 2;
    this.#slots = new Uint8Array(slots * SLOT_SIZE);
    this.#mask = slots - 1;
  }

  /** Adds a number of 1 to SERIAL_SIZE_MAX octets. Returns false when the set has it already. */
  add(serial: Uint8Array): boolean {
    const at = findSlot(this.#slots, this.#mask, serial, serial.length);
    if (this.#slots[at] !== 0) return false;
    this.#slots[at] = serial.length;
    this.#slots.set(serial, at + 1);
    this.#size++;
    return true;
  }

  build(): SerialSet {
    return new SerialSet(this.#slots, this.#size);
  }
}

const scratch = new Uint8Array(SERIAL_SIZE_MAX);

/** Returns the slot of the number, or else the empty slot where it would be. */
function findSlot(slots: Uint8Array, mask: number, serial: Uint8Array, size: number): number {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let i = 0; i < size; i++) hash = Math.imul(hash ^ serial[i]!, 0x01000193);
  let slot = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const at = slot * SLOT_SIZE;
    if (slots[at] === 0 || isAt(slots, at, serial, size)) return at;
    slot = (slot + 1) & mask;
  }
}

function isAt(slots: Uint8Array, at: number, serial: Uint8Array, size: number): boolean {
  if (slots[at] !== size) return false;
  for (let i = 0; i < size; i++) if (slots[at + 1 + i] !== serial[i]) return false;
  return true;
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
