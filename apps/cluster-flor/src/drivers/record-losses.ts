import type { Logger } from "@florenetes/process-kit";

export interface RecordLossesOptions {
  readonly log: Pick<Logger, "info" | "warn">;
  /** The place that records go to, as the log names it. */
  readonly to: Readonly<Record<string, string>>;
  /** The lines of the log when losses begin, to which the reason is added, and when records get through again. */
  readonly begun: { readonly code: string; readonly text: string };
  readonly over: { readonly code: string; readonly text: string };
}

/** Counts records that were lost, and has the log say once that losses have begun, and once that they are over. */
export class RecordLosses {
  /** Records that were lost since the process started. */
  count = 0;
  /** Why the last ones were lost; "" once others got through. */
  problem = "";
  readonly #options: RecordLossesOptions;

  constructor(options: RecordLossesOptions) {
    this.#options = options;
  }

  add(records: number, why: string): void {
    this.count += records;
    if (this.problem !== "") return;
    this.problem = why;
    const { log, to, begun } = this.#options;
    log.warn({ code: begun.code, ...to }, `${begun.text}: ${why}`);
  }

  /** Records have got through. */
  handleWell(): void {
    if (this.problem === "") return;
    this.problem = "";
    const { log, to, over } = this.#options;
    log.info({ code: over.code, ...to, lost: this.count }, over.text);
  }
}
