/** Looks whether a vertex on its bench keeps a requirement. */
export interface Check<Bench> {
  /** The number of the requirement in the documents, as `PA-3`. */
  readonly requirement: string;
  /** The requirement in short, as the check sees it. */
  readonly title: string;
  /** Ends without an error when the requirement is kept. @throws Unmet, NotJudged */
  readonly run: (bench: Bench) => Promise<void>;
  /** The check loads the machine, or counts milliseconds: nothing runs beside it. */
  readonly isAlone: boolean;
}

export function check<Bench>(requirement: string, title: string, run: Check<Bench>["run"]): Check<Bench> {
  return { requirement, title, run, isAlone: false };
}

/** A check beside which nothing runs. */
export function checkAlone<Bench>(requirement: string, title: string, run: Check<Bench>["run"]): Check<Bench> {
  return { requirement, title, run, isAlone: true };
}

/** The checks whose number or title matches a pattern. `PA-3` alone does not stand for PA-31. @throws SyntaxError */
export function choose<Bench>(checks: readonly Check<Bench>[], pattern: string): readonly Check<Bench>[] {
  const form = new RegExp(pattern.replace(/^([A-Z]{2}-\d+)$/, "^$1 "), "i");
  return checks.filter(({ requirement, title }) => form.test(`${requirement} ${title}`));
}
