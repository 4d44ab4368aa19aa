/**
 * Serial numbers in one buffer, which moves between threads without a copy: a key, and an open hash table of slots, each with the
 * length of a number and its octets. Half of the slots stay empty. A list is read before it is known who has signed it, and a
 * captured CA signs any: the key is drawn for each set, so that nobody can choose numbers which fall into one slot.
 */
import { randomFillSync } from "node:crypto";
import { SERIAL_OCTETS_MAX } from "../limits.ts";

/** A leading zero keeps the largest numbers positive. */
const SERIAL_SIZE_MAX = SERIAL_OCTETS_MAX + 1;
const SLOT_SIZE = 1 + SERIAL_SIZE_MAX;
/** Octets of the key: a random word of 32 bits for each value of each octet of a number. */
const KEY_SIZE = SERIAL_SIZE_MAX * 256 * Uint32Array.BYTES_PER_ELEMENT;

export class SerialSet {
  readonly size: number;
  readonly octets: Uint8Array;
  readonly #table: Table;

  /** Takes over the `octets` of another set. */
  constructor(octets: Uint8Array, size: number) {
    this.octets = octets;
    this.#table = tableOf(octets);
    this.size = size;
  }

  /** Says whether the set holds the number, given in lower-case hex. */
  has(serial: string): boolean {
    const size = serial.length / 2;
    if (size < 1 || size > SERIAL_SIZE_MAX || !Number.isInteger(size)) return false;
    for (let i = 0; i < size; i++) scratch[i] = hexDigit(serial, 2 * i) * 16 + hexDigit(serial, 2 * i + 1);
    return this.#table.slots[findSlot(this.#table, scratch, size)] !== 0;
  }

  /** All numbers in lower-case hex, in no order. */
  *[Symbol.iterator](): Generator<string> {
    const { slots } = this.#table;
    for (let at = 0; at < slots.length; at += SLOT_SIZE) {
      const size = slots[at]!;
      if (size > 0) yield Buffer.from(slots.subarray(at + 1, at + 1 + size)).toString("hex");
    }
  }
}

/** Gathers a set. */
export class SerialSetBuilder {
  readonly #octets: Uint8Array;
  readonly #table: Table;
  #size = 0;

  /** Makes room for at most `count` numbers. */
  constructor(count: number) {
    let slots = 2;
    while (slots < 2 * count) slots *= 2;
    this.#octets = new Uint8Array(KEY_SIZE + slots * SLOT_SIZE);
    randomFillSync(this.#octets, 0, KEY_SIZE);
    this.#table = tableOf(this.#octets);
  }

  /** Adds a number of 1 to SERIAL_SIZE_MAX octets. Returns false when the set has it already. */
  add(serial: Uint8Array): boolean {
    const { slots } = this.#table;
    const at = findSlot(this.#table, serial, serial.length);
    if (slots[at] !== 0) return false;
    slots[at] = serial.length;
    slots.set(serial, at + 1);
    this.#size++;
    return true;
  }

  build(): SerialSet {
    return new SerialSet(this.#octets, this.#size);
  }
}

interface Table {
  readonly key: Uint32Array;
  readonly slots: Uint8Array;
  readonly mask: number;
}

function tableOf(octets: Uint8Array): Table {
  const key = new Uint32Array(octets.buffer, octets.byteOffset, KEY_SIZE / Uint32Array.BYTES_PER_ELEMENT);
  const slots = octets.subarray(KEY_SIZE);
  return { key, slots, mask: slots.length / SLOT_SIZE - 1 };
}

const scratch = new Uint8Array(SERIAL_SIZE_MAX);

/** Returns the slot of the number, or else the empty slot where it would be. */
function findSlot({ key, slots, mask }: Table, serial: Uint8Array, size: number): number {
  // Simple tabulation: with linear probing it takes a constant number of steps, whatever the numbers are (Patrascu and Thorup, 2012).
  let hash = 0;
  for (let i = 0; i < size; i++) hash ^= key[256 * i + serial[i]!]!;
  let slot = hash & mask;
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
