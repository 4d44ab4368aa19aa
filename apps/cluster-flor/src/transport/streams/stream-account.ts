import type { Counts, RateLimitedLog } from "@florenetes/process-kit";
import { Code, CodeCounts, codeName, codeText } from "../codes.ts";

/** How many streams (workload connections) are and were. */
export interface StreamCounts {
  readonly open: number;
  readonly total: number;
  /** Refused, by stable reason. */
  readonly refused: Counts;
  /** Accepted, and ended by neither workload: by stable reason, such as `revoked`. */
  readonly cut: Counts;
}

/** Counts the streams of one tunnel or one service, and says why any were refused. */
export class StreamAccount {
  readonly #log: RateLimitedLog;
  readonly #fields: Readonly<Record<string, string>>;
  readonly #refused = new CodeCounts();
  readonly #cut = new CodeCounts();
  #open = 0;
  #total = 0;

  /** @param fields what the log shall name it by. */
  constructor(log: RateLimitedLog, fields: Readonly<Record<string, string>>) {
    this.#log = log;
    this.#fields = fields;
  }

  handleOpened(): void {
    this.#open++;
    this.#total++;
  }

  /** A stream that was opened is over; `isRefused`: before it was answered. */
  handleDone(code: number, isRefused: boolean): void {
    this.#open--;
    if (code === Code.done || code === Code.workloadReset) return;
    if (isRefused) this.#note(code, "", undefined);
    else this.#cut.add(code);
  }

  /** A stream was refused before it was opened; `peer`: the principal that wanted it, at a service. */
  handleRefused(code: number, text: string, peer?: string): void {
    this.#total++;
    this.#note(code, text, peer);
  }

  get counts(): StreamCounts {
    return { open: this.#open, total: this.#total, refused: this.#refused.toJSON(), cut: this.#cut.toJSON() };
  }

  #note(code: number, text: string, peer: string | undefined): void {
    this.#refused.add(code);
    const reason = codeName(code);
    const name = Object.values(this.#fields).join(" ");
    this.#log.warn(
      { code: "STREAM_REFUSED", reason, ...this.#fields },
      `a workload connection was refused: ${codeText(code, text)}`,
      peer ?? name,
      `${name} ${reason}`,
    );
  }
}
