import { now } from "../clock.ts";

const TELL_EVERY_MS = 50;

/** The error of bytes that the mesh has changed. */
export class WrongBytes extends Error {
  readonly code: string = "WRONG_BYTES";
}

/** The progress of a connection, which is reported now and then. */
export class Progress {
  readonly #mode: string;
  #count = 0;
  #last = now();
  #gapMs = 0;
  #toldAt = 0;

  constructor(mode: string) {
    this.#mode = mode;
  }

  handle(count: number): void {
    const at = now();
    this.#count += count;
    this.#gapMs = Math.max(this.#gapMs, at - this.#last);
    this.#last = at;
    if (at - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = at;
    tell({ mode: this.#mode, at, count: this.#count, gapMs: this.#gapMs });
    this.#gapMs = 0;
  }
}

/** Prints a line of JSON for the process that started the client. */
export function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
