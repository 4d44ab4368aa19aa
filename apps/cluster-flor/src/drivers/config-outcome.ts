import type { DownPart } from "../admin/cluster-status.ts";
import { isOperatorError, OperatorErrors, type ErrorPlace } from "@florenetes/operator-errors";

/** One thing of a config that is another one than before. */
export interface ConfigChange {
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
}

export interface ReloadRefusal extends ErrorPlace {
  readonly code: string;
  readonly text: string;
}

export interface ReloadOutcome {
  readonly ok: boolean;
  readonly changes: readonly ConfigChange[];
  readonly refused?: readonly ReloadRefusal[];
  readonly down: readonly DownPart[];
}

export function reloadOutcome(parts: Partial<Omit<ReloadOutcome, "ok">>): ReloadOutcome {
  const { changes = [], refused = [], down = [] } = parts;
  const ok = refused.length === 0 && down.length === 0;
  return { ok, changes, ...(refused.length > 0 && { refused }), down };
}

export function downPart(what: string, error: unknown): DownPart {
  if (!isOperatorError(error)) throw error;
  const { file } = (error as { where?: ErrorPlace }).where ?? {};
  return { what, code: error.code, text: `${file === undefined ? "" : `${file}: `}${error.message}` };
}

export function restartNeeded(keys: readonly string[]): readonly ReloadRefusal[] {
  return keys.map((key) => ({ key, code: "ERR_RESTART_NEEDED", text: `\`${key}\` is another one, which takes a restart` }));
}

export function refusalsOf(error: unknown): readonly ReloadRefusal[] {
  if (error instanceof OperatorErrors) return error.problems.flatMap(refusalsOf);
  if (!isOperatorError(error)) throw error;
  const { where = {} } = error as { where?: ErrorPlace };
  return [{ ...where, code: error.code, text: error.message }];
}
