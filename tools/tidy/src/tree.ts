/** The files of the repository, by their path from its root with `/` between names. */
export type Tree = ReadonlyMap<string, string>;

/** A place at which a rule is broken. */
export interface Finding {
  readonly file: string;
  /** The line's number, from 1. */
  readonly line: number;
  readonly rule: string;
  /** The advice: what to do. */
  readonly advice: string;
}

export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
