import type { EventFields, Logger } from "@florenetes/process-kit";

/** Codes that are counted: programs have fewer. */
const CODES_MAX = 256;

/** A log that keeps nothing but how often each code of a warning or an error came: a thousand devices would write too much. */
export class CountingLog {
  readonly counts: Map<string, number> = new Map();
  readonly log: Logger;

  constructor() {
    const count = ({ code }: EventFields): void => {
      if (this.counts.has(code) || this.counts.size < CODES_MAX)
        this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    };
    const log: Logger = { debug() {}, info() {}, warn: count, error: count, child: () => log };
    this.log = log;
  }
}
