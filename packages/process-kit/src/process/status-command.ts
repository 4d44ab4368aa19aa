import { setTimeout as sleep } from "node:timers/promises";
import { foreignLines, visibleJson, EXIT_CODES, formatOperatorError, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "../admin/admin-client.ts";
import type { StatusFinding } from "../admin/status-finding.ts";
import { isWhole } from "../admin/verdict.ts";
import { wrapLine } from "../admin/wrapped-lines.ts";

/** Renders the JSON of a program's `/status` for people; tables have lines of that width. Pure. */
export type StatusRenderer = (status: unknown, width: number) => string;

export interface StatusOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly watch?: string | true;
}

const WIDTH_DEFAULT = 80;
/** The least width at which a table can be read. */
const WIDTH_MIN = 40;

/**
 * Shows the status of the process at an admin socket: once, or again and again until the program is ended.
 *
 * @param program Its name
 * @returns whether all that is configured is as it should be
 */
export async function showStatus(
  program: string,
  render: StatusRenderer,
  path: string,
  options: StatusOptions,
): Promise<boolean> {
  const { watch, json = false, quiet = false } = options;
  const pauseMs = watch === undefined ? undefined : watchPause(watch);
  const read = (): Promise<unknown> => requestAdmin(path, "/status");
  const textOf = (status: unknown): string => {
    if (quiet) return "";
    if (json) return `${visibleJson(JSON.stringify(status))}\n`;
    return wrapped(
      asOf(program, path, () => render(status, width)),
      width,
    );
  };
  const width = terminalWidth();
  if (pauseMs === undefined) {
    const status = await read();
    process.stdout.write(textOf(status));
    return isWhole(findingsOf(program, path, status));
  }
  return showAgain(async () => textOf(await read()), pauseMs, json || quiet);
}

/**
 * Shows a text again and again, until the program is ended.
 *
 * @param isForProgram Errors are not shown, and the screen is left alone.
 */
export async function showAgain(read: () => Promise<string>, pauseMs: number, isForProgram: boolean): Promise<never> {
  const isScreen = process.stdout.isTTY && !isForProgram;
  for (;;) {
    // A process that is being restarted is worth waiting for.
    const text = await read().catch((error: unknown) => {
      if (!(error instanceof OperatorError)) throw error;
      return isForProgram ? "" : `${formatOperatorError(error)}\n`;
    });
    process.stdout.write(isScreen ? `\u001b[H\u001b[2J${text}` : text);
    await sleep(pauseMs);
  }
}

/**
 * Reads the findings in a status.
 *
 * @param program Its name
 * @param path Its admin socket, where the status comes from
 * @throws OperatorError `ERR_ADMIN_ANSWER` when it is no status of our programs
 */
export function findingsOf(program: string, path: string, status: unknown): readonly StatusFinding[] {
  return asOf(program, path, () => Array.from((status as { readonly findings: readonly StatusFinding[] }).findings));
}

/** The socket may belong to another program, whose status has another form: then reading it fails. */
function asOf<Value>(program: string, path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const advice = `Is it the admin socket of a ${program} in about the same version? \`--json\` shows what it says.`;
    const options = { advice, where: { file: path }, exitCode: EXIT_CODES.unreachable, cause: error };
    throw new OperatorError("ERR_ADMIN_ANSWER", `it shows no status of a ${program}`, options);
  }
}

function wrapped(text: string, width: number): string {
  const lines = foreignLines(text).split("\n");
  return lines.flatMap((line) => wrapLine(line, width, 4)).join("\n");
}

/** The columns of the terminal that will show the text, or those that the environment gives in `COLUMNS`. */
export function terminalWidth(): number {
  const width = process.stdout.columns ?? Number(process.env["COLUMNS"] ?? WIDTH_DEFAULT);
  return width >= WIDTH_MIN ? width : width > 0 ? WIDTH_MIN : WIDTH_DEFAULT;
}

/** Milliseconds between two looks. @throws OperatorError `ERR_USAGE` */
export function watchPause(watch: string | true): number {
  const seconds = watch === true ? 1 : Number(watch);
  if (seconds >= 0.1 && seconds <= 3_600) return seconds * 1_000;
  const advice = "Give seconds from 0.1 to 3600.";
  throw new OperatorError("ERR_USAGE", `--watch takes no "${String(watch)}"`, { advice });
}
