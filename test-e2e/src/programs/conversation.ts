import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect, vi } from "vitest";
import { PATIENCE_MS } from "../patience.ts";

/** Talks with a program over its standard input and output. */
export class Conversation {
  readonly #program: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** The program's output that no call has waited for yet. */
  #said = "";
  #complaints = "";

  constructor(program: ChildProcess) {
    this.#program = program;
    this.#closed = once(program, "close");
    program.stdout!.on("data", (bytes: Buffer) => (this.#said += bytes.toString()));
    program.stderr!.on("data", (bytes: Buffer) => (this.#complaints += bytes.toString()));
    program.stdin!.on("error", () => {}); // the program may have gone: its silence or its exit code fails the test
  }

  says(text: string): void {
    this.#program.stdin!.write(text);
  }

  /** Waits until the program has said a text. Returns the output before the text, and forgets both. */
  async hears(text: string): Promise<string> {
    const hasSaid = (): boolean => this.#said.includes(text);
    await vi.waitUntil(hasSaid, { timeout: PATIENCE_MS, interval: 20 }).catch(() => {
      expect.fail(
        `waited for ${JSON.stringify(text)}, heard ${JSON.stringify(this.#said.slice(-500))}; ${this.#complaints.slice(-500)}`,
      );
    });
    const at = this.#said.indexOf(text);
    const before = this.#said.slice(0, at);
    this.#said = this.#said.slice(at + text.length);
    return before;
  }

  /** Ends its standard input. The program may go on to talk. */
  endsItsInput(): void {
    this.#program.stdin!.end();
  }

  /** Ends its standard input, and waits for its end. Returns its exit code. */
  async end(): Promise<number | null> {
    this.endsItsInput();
    await this.#closed;
    return this.#program.exitCode;
  }
}
