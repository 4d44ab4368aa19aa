/** The command `reload`: asks for a reload at the control socket, and prints the outcome. */
import { foreignLines, visibleJson, EXIT_CODES, formatOperatorError, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "../admin/admin-client.ts";
import { RELOAD_MS_MAX } from "../limits.ts";
import type { ConfigChange, DownPart, ReloadOutcome, ReloadRefusal } from "../config/reload-outcome.ts";

export interface ReloadCommandOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** Asks for a reload, prints its outcome, and returns the exit code. */
export async function reloadBy(controlPath: string, { json, dryRun }: ReloadCommandOptions): Promise<number> {
  const route = dryRun === true ? "/reload?dry-run" : "/reload";
  const answer = await requestAdmin(controlPath, route, { method: "POST", timeoutMs: RELOAD_MS_MAX });
  const outcome = readOutcome(answer, controlPath);
  if (json === true) process.stdout.write(`${visibleJson(JSON.stringify(outcome))}\n`);
  else printOutcome(outcome);
  return exitCodeOfReload(outcome);
}

/** 0: all is in use. 2: something is refused, and what was in use before stays. 1: the config is in use, and a part of it is down. */
export function exitCodeOfReload({ refused = [], down }: ReloadOutcome): number {
  if (refused.length > 0) return EXIT_CODES.misconfigured;
  return down.length > 0 ? EXIT_CODES.failed : EXIT_CODES.ok;
}

/** Prints the changes, and to stderr the refusals and the parts that are down. */
export function printOutcome({ ok, changes, refused = [], down }: ReloadOutcome): void {
  for (const change of changes) process.stdout.write(`${foreignLines(changeLine(change))}\n`);
  for (const refusal of refused) process.stderr.write(`${foreignLines(refusalLines(refusal))}\n`);
  for (const part of down) process.stderr.write(`${foreignLines(downLine(part))}\n`);
  if (ok) process.stdout.write("ok\n");
}

function changeLine({ kind, name, change, effect }: ConfigChange): string {
  return `${kind} ${name}: ${change}${effect === undefined ? "" : ` - ${effect}`}`;
}

function refusalLines({ code, text, ...where }: ReloadRefusal): string {
  const advice = "What was in use before stays in use. Mend it, and reload once more.";
  return formatOperatorError(new OperatorError(code, `refused: ${text}`, { advice, where }));
}

function downLine({ what, code, text }: DownPart): string {
  return `${what} is down, and tried again: ${text} [${code}]`;
}

/** @throws OperatorError `ERR_ADMIN_ANSWER` */
export function readOutcome(answer: unknown, path: string): ReloadOutcome {
  const { ok, changes, refused = [], down } = (answer ?? {}) as Partial<ReloadOutcome>;
  if (typeof ok === "boolean" && [changes, refused, down].every(Array.isArray)) return answer as ReloadOutcome;
  const advice = "Is it the control socket of a process in about the same version?";
  const options = { advice, where: { file: path }, exitCode: EXIT_CODES.unreachable };
  throw new OperatorError("ERR_ADMIN_ANSWER", "it does not say what came of it", options);
}
