import { closeSync, fdatasync, fdatasyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { AuditEntry } from "../api/audit.ts";

/**
 * Makes the file of an audit anew beside the old one, without the lines that nobody needs: some lines at each entry that comes meanwhile, so that no request waits for all of them.
 * All of it is on the disk before it takes the place of the old one.
 */
export class AuditCopy implements Disposable {
  readonly #path: string;
  readonly #file: number;
  readonly #entries: readonly AuditEntry[];
  #copied = 0;
  /** Lines that have come meanwhile: they stand behind the others. */
  readonly #late: string[] = [];
  #isFlushing = false;
  #isDone = false;
  #isFlushed = false;
  #error: Error | null = null;
  #size = 0;

  /** @throws the system's error */
  constructor(path: string, firstLine: string, entries: readonly AuditEntry[]) {
    this.#path = path;
    this.#entries = entries;
    rmSync(`${path}.next`, { force: true });
    this.#file = openSync(`${path}.next`, "ax", 0o600);
    this.#write(firstLine);
  }

  /** Takes a line that the old file has got, and goes on. @throws the system's error */
  handleLine(line: string): void {
    if (this.#error !== null) throw this.#error;
    this.#late.push(line);
    if (this.#isFlushing || this.#isFlushed) return;
    const some = this.#entries.slice(this.#copied, this.#copied + LINES_AT_ONCE);
    this.#write(some.map(lineOf).join(""));
    this.#copied += some.length;
    if (this.#copied < this.#entries.length) return;
    this.#isFlushing = true;
    fdatasync(this.#file, (error) => {
      this.#isFlushed = error === null;
      this.#isFlushing = false;
      this.#error = error;
      if (this.#isDone) closeSync(this.#file);
    });
  }

  /** Whether it can take the place of the old file. */
  get isReady(): boolean {
    return this.#isFlushed;
  }

  /**
   * Takes the place of the old file.
   *
   * @returns the file, which is open for lines at its end, and its octets and lines, the first one beside
   * @throws the system's error
   */
  finish(): { readonly file: number; readonly size: number; readonly lines: number } {
    this.#write(this.#late.join(""));
    fdatasyncSync(this.#file);
    renameSync(`${this.#path}.next`, this.#path);
    this.#isDone = true;
    return { file: this.#file, size: this.#size, lines: this.#entries.length + this.#late.length };
  }

  /** Gives up what has not taken the place of the old file. */
  [Symbol.dispose](): void {
    if (this.#isDone) return;
    this.#isDone = true;
    rmSync(`${this.#path}.next`, { force: true });
    // A flush that is under way closes it at its end.
    if (!this.#isFlushing) closeSync(this.#file);
  }

  #write(text: string): void {
    const octets = Buffer.from(text);
    if (writeSync(this.#file, octets) !== octets.length)
      throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
    this.#size += octets.length;
  }
}

/** An entry as a line of the file. */
export function lineOf(entry: AuditEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

const LINES_AT_ONCE = 64;
