import type { LabelEntry } from "./label-entries.ts";

export type LabelErrorCode =
  /** Not an integer up to 1,048,575. */
  | "ERR_LABEL_RANGE"
  /** 0 to 15 have meanings of their own. */
  | "ERR_LABEL_RESERVED"
  /** Two entries claim one number on one link. */
  | "ERR_LABEL_CONFLICT"
  /** An entry names a link that is not there. */
  | "ERR_LABEL_LINK"
  /** More entries than a table takes. */
  | "ERR_LABEL_TABLE_FULL";

/** A mistake in what the operator wrote about labels. The message names the entries and says what to do. */
export class LabelError extends Error {
  override readonly name = "LabelError";
  readonly code: LabelErrorCode;
  /** The two that claim one number, in their order in the table. Empty for other problems. */
  readonly entries: readonly LabelEntry[];

  constructor(code: LabelErrorCode, message: string, entries: readonly LabelEntry[] = []) {
    super(message);
    this.code = code;
    this.entries = entries;
  }
}
