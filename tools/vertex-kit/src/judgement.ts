/** The error of a requirement that is not met; the message says what was seen. */
export class Unmet extends Error {}

/** The error of a requirement that could not be judged; the message says why. */
export class NotJudged extends Error {}

/** Goes on if the condition holds. @param seen what was seen instead */
export function demand(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new Unmet(seen);
}
