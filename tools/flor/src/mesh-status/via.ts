/** Options of commands that ask nodes over a command or a tunnel. */
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

export const VIA_DEFAULT = "ssh -o BatchMode=yes -- {host}";

/** The milliseconds that `--timeout` means. @throws OperatorError `ERR_FLOR_USAGE` */
export function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  const { advice } = FLOR_ERRORS.ERR_FLOR_USAGE;
  throw new OperatorError("ERR_FLOR_USAGE", `--timeout takes seconds from 1 to 3600, not "${text}"`, { advice });
}
