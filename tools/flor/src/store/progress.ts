import { formatBytes } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";

const REDRAW_MS = 250;

/** A line at a terminal that says how far something is, and goes when it is over. */
export class Progress implements Disposable {
  /** Octets that have passed. */
  octets = 0;
  readonly #screen: NodeJS.WritableStream | undefined;
  readonly #doing: string;
  readonly #all: number | undefined;
  readonly #since = nodeTime.now();
  #shown = Number.NEGATIVE_INFINITY;

  /** @param all octets that are to pass; undefined: nobody knows */
  constructor(screen: NodeJS.WritableStream | undefined, doing: string, all?: number) {
    this.#screen = screen;
    this.#doing = doing;
    this.#all = all;
  }

  /** Hands octets on, and counts them. */
  async *through(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      yield piece;
      this.octets += piece.length;
      this.show(
        this.#all === undefined ? formatBytes(this.octets) : `${formatBytes(this.octets)} of ${formatBytes(this.#all)}`,
      );
    }
  }

  /** Shows a text, some times in a second. */
  show(text: string): void {
    const now = nodeTime.now();
    if (this.#screen === undefined || now - this.#shown < REDRAW_MS) return;
    this.#shown = now;
    const rate = this.octets === 0 ? "" : `, ${formatBytes((this.octets * 1_000) / Math.max(1, now - this.#since))}/s`;
    this.#screen.write(`\r\u001B[K${this.#doing}: ${text}${rate}`);
  }

  [Symbol.dispose](): void {
    if (Number.isFinite(this.#shown)) this.#screen?.write("\r\u001B[K");
  }
}
