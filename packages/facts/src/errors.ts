import { OperatorError } from "@florenetes/operator-text";

/** Every code of this package: what it means, and what to do about it, in a line each. docs/operate/errors.md is made from it. */
export const FACTS_ERRORS = {
  ERR_FACTS_FILE: {
    meaning:
      "The file with the records of this node cannot be opened, read or written; the message has the system's reason.",
    advice: "Check the folder `state`: who owns it, and whether there is space.",
  },
  ERR_FACTS_FILE_BROKEN: {
    meaning: "The file with the records of this node is damaged, or is no database.",
    advice: "Move it away: a new one is made, and the neighbours fill it. Nothing that was void comes back.",
  },
  ERR_FACTS_FILE_FOREIGN: {
    meaning: "The file with the records of this node is of another program, cluster or node, or of a later version.",
    advice: "Name another folder as `state`, or move the file away: a new one is made, and the neighbours fill it.",
  },
  ERR_FACTS_FILE_IN_USE: {
    meaning: "Another process has the file with the records of this node open: mostly a second instance of this one.",
    advice: "Stop the other instance, or give this one a folder `state` of its own.",
  },
} as const;

export type FactsErrorCode = keyof typeof FACTS_ERRORS;

/** The error of a file, with the advice of its code. */
export function factsError(code: FactsErrorCode, message: string, file: string, cause?: unknown): OperatorError {
  const { advice } = FACTS_ERRORS[code];
  return new OperatorError(code, message, { advice, where: { file }, ...(cause === undefined ? {} : { cause }) });
}
