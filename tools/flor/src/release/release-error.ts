import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

type ReleaseCode = Extract<keyof typeof FLOR_ERRORS, `ERR_FLOR_RELEASE_${string}`>;

/** An error of `flor release`. Nothing was published. */
export function releaseError(code: ReleaseCode, message: string, file?: string): OperatorError {
  const { advice } = FLOR_ERRORS[code];
  return new OperatorError(code, message, { advice, ...(file === undefined ? {} : { where: { file } }) });
}
