import { InvalidArgumentError } from "commander";

/** The argument of `--days`; the range is checked where it is used. */
export function parseDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is needed.");
}
