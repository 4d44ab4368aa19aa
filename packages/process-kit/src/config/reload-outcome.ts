import type { ProcessKitErrorCode } from "../error-codes.ts";
import { isOperatorError, OperatorErrors, PROBLEMS_TOLD_MAX, type ErrorPlace } from "@florenetes/operator-text";

/** A part of a config that was added, removed or changed. */
export interface ConfigChange {
  /** The kind of thing, such as `link`, `service`, `tunnel`, `cluster` or `setting`. */
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  /** Says for people what becomes of what is open. */
  readonly effect?: string;
}

/** Something that was read and is not used: what was in use before stays. */
export interface ReloadRefusal extends ErrorPlace {
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
}

/** A part of the config that does not work at present, and is tried again. */
export interface DownPart {
  /** The part, such as `cluster demo`. */
  readonly what: string;
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
}

/** The outcome of a config transaction: the control socket answers with it to `POST /reload` and `POST /config`. */
export interface ReloadOutcome {
  /** All that was read is in use (or would be), and works. */
  readonly ok: boolean;
  /** All that is another one now, or would be. A config whose text is refused changes nothing. */
  readonly changes: readonly ConfigChange[];
  /** Only where there is something. */
  readonly refused?: readonly ReloadRefusal[];
  /** A dry run does not know. */
  readonly down: readonly DownPart[];
}

/** An outcome of its parts. */
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

/** The refusal of a config that changes what only a restart takes. */
export function restartNeeded(keys: readonly string[]): readonly ReloadRefusal[] {
  const code: ProcessKitErrorCode = "ERR_RESTART_NEEDED";
  return keys.map((key) => ({ key, code, text: `\`${key}\` is another one, which takes a restart` }));
}

/** The problems of an operator's error, as many as are told, each with its place, and the number of the others. Any other error is thrown again: it is a mistake of the program. */
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
