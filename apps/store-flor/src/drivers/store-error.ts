import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { STORE_ERRORS, type StoreErrorCode } from "../config/config-errors.ts";

/** An error of what is served, with the advice of its code. */
export function storeError(code: StoreErrorCode, message: string, cause?: unknown): OperatorError {
  return new OperatorError(code, message, { advice: STORE_ERRORS[code].advice, exitCode: EXIT_CODES.failed, cause });
}
