import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { SOURCE_ERRORS, type SourceErrorCode } from "./errors.ts";
import type { SourceFault } from "./source-ranking.ts";

/** A file did not come from a source. */
export class SourceError extends OperatorError {
  readonly fault: SourceFault;
  /** How long the source wants to be left alone, in milliseconds; undefined: it has not said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SourceErrorCode,
    fault: SourceFault,
    message: string,
    { retryAfterMs, cause }: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(code, message, { advice: SOURCE_ERRORS[code].advice, exitCode: EXIT_CODES.unreachable, cause });
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}
