import { InvalidArgumentError } from "commander";

/** Reads the argument of `--days`; the caller checks the range. */
export function parseDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is needed.");
}
