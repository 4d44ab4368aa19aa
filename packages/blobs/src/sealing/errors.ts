import { OperatorError } from "@florenetes/operator-text";

/** The error codes of sealing and opening, with their rows in docs/operate/errors.md. */
export const SEALING_ERRORS = {
  ERR_STORAGE_RECIPIENTS: {
    meaning:
      "Nothing can be sealed for the recipients that the collection's record names: there are none, or one is none of age.",
    advice: "Have a record signed that names them: `flor fabric propose collection --recipient`.",
  },
  ERR_STORAGE_SEALED: {
    meaning: "An object cannot be opened: it is sealed for others, is no file of age, or is not whole.",
    advice: "Use the identity of one of its recipients. `flor store get --sealed` has it as it is.",
  },
} as const;

export function sealingError(code: keyof typeof SEALING_ERRORS, message: string, cause?: unknown): OperatorError {
  return new OperatorError(code, message, { advice: SEALING_ERRORS[code].advice, cause });
}
