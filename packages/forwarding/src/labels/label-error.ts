import type { LabelEntry } from "./label-entries.ts";

/** Every stable code of this package, with its row in docs/operate/errors.md. */
export const LABEL_ERRORS = {
  ERR_LABEL_RANGE: {
    meaning: "A number that is no label: labels have 20 bits.",
    advice: "Choose a whole number from 16 to 1,048,575.",
  },
  ERR_LABEL_RESERVED: {
    meaning: "A label below 16; these have a meaning of their own.",
    advice: "Choose one from 16.",
  },
  ERR_LABEL_CONFLICT: {
    meaning: "One label number for two things.",
    advice: "Give one of them another number.",
  },
  ERR_LABEL_SHARE: {
    meaning: "A permit for a share that is no number from 1 to 4,095, or that has no limits.",
    advice: "It is a mistake of a program of this node: report it.",
  },
  ERR_LABEL_LINK: {
    meaning: "A label entry names a link that is not there.",
    advice: "Mend the name, or add the link.",
  },
  ERR_LABEL_TABLE_FULL: {
    meaning: "More labels than a vertex takes.",
    advice: "Spread them over several vertices.",
  },
} as const;

export type LabelErrorCode = keyof typeof LABEL_ERRORS;

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
