import { type Letter, type Listed, NO_ID, readLetter, writeListAnswer } from "../../src/mail/letters.ts";
import type { NoAnswer } from "../../src/mail/replica-reader.ts";
import { digestOf } from "../../src/mail/shelf.ts";
import { WALL } from "../a-fabric.ts";
import { type End, idOf } from "./exchange-world.ts";

/** Letters by which a replica is read. */
export type ReadingLetter = Exclude<Letter, { readonly kind: "audit" }>;

/** An end that is captured: it answers as it likes, and counts what it is asked. */
export class Liar implements End {
  readonly name = "x";
  isRunning = true;
  lists = 0;
  parts = 0;
  readonly #answer: (letter: ReadingLetter, liar: Liar) => Uint8Array | NoAnswer;

  constructor(answer: (letter: ReadingLetter, liar: Liar) => Uint8Array | NoAnswer) {
    this.#answer = answer;
  }

  readonly answer = (_: string, body: Uint8Array): Uint8Array | NoAnswer => {
    const letter = readLetter(body) as ReadingLetter;
    if (letter.kind === "list") this.lists++;
    else this.parts++;
    return this.#answer(letter, this);
  };
}

export const stateOf = (number: number): string => number.toString(16).padStart(32, "0");
export const rowOf = (subject: string, text = `${subject} k1`, change: Partial<Listed> = {}): Listed => ({
  id: idOf(subject),
  copy: digestOf(Buffer.from(text)),
  size: Buffer.byteLength(text),
  brought: WALL,
  at: "",
  by: "user/mallory",
  ...change,
});
const sorted = (rows: readonly Listed[]): Listed[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
export const listOf = (rows: readonly Listed[], state: string, after = NO_ID): Uint8Array => {
  const rest = sorted(rows).filter(({ id }) => id > after);
  return writeListAnswer({ state, listed: rest.slice(0, 75), hasMore: rest.length > 75 });
};
/** Rows whose texts are those that they say. */
export const many = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);
