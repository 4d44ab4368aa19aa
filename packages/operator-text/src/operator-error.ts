import { foreignLines, foreignText } from "./foreign-text.ts";
import { ERROR_TEXT_LENGTH_MAX, PROBLEMS_TOLD_MAX } from "./limits.ts";

/** The place of the mistake, in a file or in the world. Lines and columns count from 1. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Dotted path of the key, as `links.a.label`. */
  readonly key?: string;
}

/** Exit codes of every executable of the project. */
export const EXIT_CODES = {
  ok: 0,
  /** The command was tried and did not work. */
  failed: 1,
  /** Something has to be changed before it can work: arguments, config, identity, permissions. */
  misconfigured: 2,
  /** The process that was asked does not answer. */
  unreachable: 3,
  /** A mistake of the program itself (EX_SOFTWARE). */
  internal: 70,
} as const;

export interface OperatorErrorOptions extends ErrorOptions {
  /** A sentence that says what to do about it. */
  readonly advice: string;
  readonly where?: ErrorPlace;
  /** Default: `misconfigured`. */
  readonly exitCode?: number;
}

/**
 * A mistake that the operator can mend. It says what happened (the message), where, and what to do; its code is stable
 * and listed in docs/operate/errors.md.
 */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
  readonly code: string;
  readonly advice: string;
  readonly where: ErrorPlace | undefined;
  readonly exitCode: number;

  constructor(code: string, message: string, options: OperatorErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = options.advice;
    this.where = options.where;
    this.exitCode = options.exitCode ?? EXIT_CODES.misconfigured;
  }
}

/** Several mistakes found in one go, so that they can be mended in one go. There is at least one. */
export class OperatorErrors extends OperatorError {
  override readonly name = "OperatorErrors";
  readonly problems: readonly OperatorError[];
  /** How many there are, with those that are counted only. */
  readonly count: number;

  /** @param count Default: as many as are given */
  constructor(problems: readonly OperatorError[], count: number = problems.length) {
    const first = problems[0];
    if (first === undefined) throw new RangeError("no problem to report");
    const message = count === 1 ? first.message : `${first.message} (and ${count - 1} more)`;
    super(first.code, message, {
      advice: first.advice,
      exitCode: first.exitCode,
      ...(first.where === undefined ? {} : { where: first.where }),
    });
    this.problems = problems;
    this.count = count;
  }
}

const BUILT_IN_NAMES: readonly string[] = ["Error", "TypeError", "RangeError", "SyntaxError", "AbortError"];

/**
 * Any error with a stable `ERR_…` code counts as the operator's, if it carries advice or is of a class of its own (each
 * package has one): Node's own errors have such codes too, and are mistakes of the program.
 */
export function isOperatorError(error: unknown): error is Error & { readonly code: string; readonly advice?: string } {
  if (!(error instanceof Error)) return false;
  const { code, advice } = error as { code?: unknown; advice?: unknown };
  if (typeof code !== "string" || !code.startsWith("ERR_")) return false;
  return typeof advice === "string" || !BUILT_IN_NAMES.includes(error.name);
}

/**
 * For a terminal or a journal: `place: message [CODE]`, then the advice on a line of its own; one such pair for each of
 * several problems. What is no operator's error is shown with its stack. Whatever names and values a file held, nothing of it
 * moves the terminal.
 */
export function formatOperatorError(error: unknown): string {
  if (error instanceof OperatorErrors) {
    const shown = error.problems.slice(0, PROBLEMS_TOLD_MAX).map(formatOperatorError);
    const hidden = error.count - shown.length;
    if (hidden > 0) shown.push(`... and ${hidden} more problems`);
    return shown.join("\n");
  }
  if (!isOperatorError(error)) {
    return foreignLines(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  const where = (error as { where?: ErrorPlace }).where;
  const place = where === undefined ? "" : formatPlace(where);
  const lead = place === "" ? "error: " : `${place}: `;
  const advice = error.advice === undefined || error.advice === "" ? "" : `\n    ${error.advice}`;
  return `${foreignText(`${lead}${error.message}`, ERROR_TEXT_LENGTH_MAX)} [${error.code}]${foreignLines(advice)}`;
}

/** `file:line:column: key`, as far as known. */
function formatPlace(where: ErrorPlace): string {
  const position = [where.file, where.line, where.line === undefined ? undefined : where.column];
  const parts = [position.filter((part) => part !== undefined).join(":"), where.key ?? ""];
  return parts.filter((part) => part !== "").join(": ");
}
