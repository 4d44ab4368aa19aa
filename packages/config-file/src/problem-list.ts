import { OperatorError, OperatorErrors, PROBLEMS_TOLD_MAX } from "@florenetes/operator-text";

/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A sentence that says what to do about a problem. A function makes one that takes a search: it is called for problems that are told alone. */
export type Advice = string | (() => string);

export interface TextProblem extends Position {
  readonly code: string;
  readonly message: string;
  readonly advice: Advice;
  /** Dotted path of the key. */
  readonly key?: string;
}

/** The problems of one text. All are counted; kept are those that stand first in it, as many as are told. */
export class ProblemList {
  #first: TextProblem[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(problem: TextProblem): void {
    this.#count++;
    this.#first.push(problem);
    // Sorted once for as many again as are kept, so that each costs the same, however many there are.
    if (this.#first.length >= 2 * PROBLEMS_TOLD_MAX) this.#first = firstOf(this.#first);
  }

  /** The error of a file with these problems, in the order of their lines. There has to be one at least. */
  toError(file: string): OperatorErrors {
    const told = firstOf(this.#first).map(({ code, message, advice, line, column, key }) => {
      const where = { file, line, column, ...(key !== undefined && { key }) };
      return new OperatorError(code, message, { advice: typeof advice === "string" ? advice : advice(), where });
    });
    return new OperatorErrors(told, this.#count);
  }
}

function firstOf(problems: readonly TextProblem[]): TextProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, PROBLEMS_TOLD_MAX);
}
