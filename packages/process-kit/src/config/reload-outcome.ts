import type { ProcessKitErrorCode } from "../error-codes.ts";
import { isOperatorError, OperatorErrors, PROBLEMS_TOLD_MAX, type ErrorPlace } from "@florenetes/operator-text";

/** A part of a config that was added, removed or changed. */
export interface ConfigChange {
  /** The kind of thing, such as `link`, `service`, `tunnel`, `cluster` or `setting`. */
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  /** The effect on open connections, for people. */
  readonly effect?: string;
}

/** A refusal of something that was read: what was in use before stays. */
export interface ReloadRefusal extends ErrorPlace {
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
}

/** A part of the config that does not work at present; the process keeps trying. */
export interface DownPart {
  /** The part, such as `cluster demo`. */
  readonly what: string;
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
}

/** The outcome of a config transaction: the answer of the control socket to `POST /reload` and `POST /config`. */
export interface ReloadOutcome {
  /** True: all that was read is in use (or would be), and works. */
  readonly ok: boolean;
  /** All changes that were made, or would be. A config whose text is refused changes nothing. */
  readonly changes: readonly ConfigChange[];
  /** Present only when something is refused. */
  readonly refused?: readonly ReloadRefusal[];
  /** Parts that do not work; a dry run tells none. */
  readonly down: readonly DownPart[];
}

/** Makes an outcome from its parts. */
export function reloadOutcome(parts: Partial<Omit<ReloadOutcome, "ok">>): ReloadOutcome {
  const { changes = [], refused = [], down = [] } = parts;
  const ok = refused.length === 0 && down.length === 0;
  return { ok, changes, ...(refused.length > 0 && { refused }), down };
}

/** A part that is down because of an operator's error. Any other error is thrown again: it is a mistake of the program. */
export function downPart(what: string, error: unknown): DownPart {
  if (!isOperatorError(error)) throw error;
  const { file } = (error as { where?: ErrorPlace }).where ?? {};
  return { what, code: error.code, text: `${file === undefined ? "" : `${file}: `}${error.message}` };
}

/** The refusal of a config with changes that only a restart can make. */
export function restartNeeded(keys: readonly string[]): readonly ReloadRefusal[] {
  const code: ProcessKitErrorCode = "ERR_RESTART_NEEDED";
  return keys.map((key) => ({ key, code, text: `\`${key}\` is another one, which takes a restart` }));
}

/**
 * The problems of an operator's error, each with its place: at most as many as are told, and the number of the others.
 * Any other error is thrown again: it is a mistake of the program.
 */
export function refusalsOf(error: unknown): readonly ReloadRefusal[] {
  if (error instanceof OperatorErrors) {
    const told = error.problems.slice(0, PROBLEMS_TOLD_MAX);
    const others = error.count - told.length;
    const code: ProcessKitErrorCode = "ERR_CONFIG_MORE";
    return [...told.flatMap(refusalsOf), ...(others > 0 ? [{ code, text: `${others} more problems` }] : [])];
  }
  if (!isOperatorError(error)) throw error;
  const { where = {} } = error as { where?: ErrorPlace };
  return [{ ...where, code: error.code, text: error.message }];
}
