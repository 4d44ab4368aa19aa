import type { HeldEntry } from "../entry.ts";
import type { BlobErrorCode } from "../errors.ts";
import { HolderError } from "../holder-error.ts";

/** A refusal with its sentence, to be thrown. */
export function refusal(
  code: BlobErrorCode,
  message: string,
  rest: { readonly entry?: HeldEntry; readonly until?: number } = {},
): HolderError {
  return new HolderError({ code, message, ...rest });
}
