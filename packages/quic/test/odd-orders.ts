/** Arguments for odd orders of a data thread: numbers, bytes, addresses and paths of any kind. */
import { join } from "node:path";
import type { Random } from "@florenetes/simkit";

/** Numbers that no owner should give, beside numbers that mean something. */
const ODD_NUMBERS = [-1, 0.5, 255, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Infinity, NaN];
export const SIZES: readonly number[] = [
  0, 1, 15, 16, 17, 128, 1_200, 1_452, 16_383, 16_384, 64_978, 65_000, 65_536, 70_000,
];
export const ODD_HOSTS: readonly string[] = [
  "",
  "x",
  "256.0.0.1",
  "127.0.0.1%1",
  "::1%4294967296",
  "fe80::1",
  "0.0.0.0",
  "\0",
  "127.0.0.1\n",
];

export class OddOrders {
  readonly #random: Random;
  readonly #folder: string;
  readonly #sinkPort: number;

  /** @param sinkPort a port that no other process of this machine has */
  constructor(random: Random, folder: string, sinkPort: number) {
    this.#random = random;
    this.#folder = folder;
    this.#sinkPort = sinkPort;
  }

  number(): number {
    return this.#random.chance(0.5) ? this.#random.below(10) : this.#random.pick(ODD_NUMBERS);
  }

  /** A number below `limit` nine times in ten; otherwise any number. */
  numberBelow(limit: number): number {
    return this.#random.chance(0.9) ? this.#random.below(limit) : this.number();
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#random.pick(SIZES));
    for (let at = 0; at < Math.min(bytes.length, 32); at++) bytes[at] = this.#random.below(256);
    return bytes;
  }

  text(): string {
    return this.#random.pick(["", "over", "x".repeat(100_000)]);
  }

  /** An address at which packets reach nobody: nothing leaves this machine, nor reaches another process on it. */
  address(): [string, number] {
    const random = this.#random;
    return [random.chance(0.8) ? "127.0.0.1" : random.pick(ODD_HOSTS), random.chance(0.8) ? this.#sinkPort : 0];
  }

  /** An address of ours that a peer has sent to: mostly none. */
  local(): string {
    return this.#random.chance(0.8) ? "" : this.#random.pick(["127.0.0.1", "::1", ...ODD_HOSTS]);
  }

  path(): string {
    const names = ["a", "b", "c", "", ".", "no/such/folder", "x".repeat(200)];
    return join(this.#folder, this.#random.pick(names));
  }

  /** Numbers of a label table, five for each entry. Some entries make sense, and the last may be a part of one. */
  tableNumbers(): Uint32Array {
    const random = this.#random;
    const small = (): number => (random.chance(0.95) ? random.below(24) : random.below(2 ** 32));
    const numbers = Array.from({ length: 5 * random.below(20) + random.below(2) }, small);
    return Uint32Array.from(numbers, (number, at) => (at % 5 === 0 ? random.below(8) : number));
  }
}
