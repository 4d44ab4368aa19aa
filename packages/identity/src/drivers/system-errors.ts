/** Refusals of the system as errors that an operator can act on. */
import { IdentityError } from "../errors.ts";

/** The system's own code, as `ENOSPC`. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

export function unreadable(path: string, reason: string, cause?: unknown): IdentityError {
  const options = { where: { file: path }, cause };
  return new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", `cannot read it: ${reason}`, options);
}

/** An IdentityError is left as it is: it has its own words. */
export function writeFailed(path: string, cause: unknown, what = "cannot write it"): IdentityError {
  if (cause instanceof IdentityError) return cause;
  return new IdentityError("ERR_IDENTITY_WRITE_FAILED", `${what}: ${codeOf(cause)}`, { where: { file: path }, cause });
}
