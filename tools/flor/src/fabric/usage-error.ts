import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

/** The error of options that do not go together, which the parser cannot know. */
export function usageError(message: string): OperatorError {
  return new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
}
