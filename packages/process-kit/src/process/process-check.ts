import { checkSocketToBind } from "../filesystem/socket-path.ts";
import { checkStateDirectory } from "../filesystem/state-directory.ts";
import { checkQlogFolder } from "./qlog-folder.ts";
import { checkSecretsFile } from "./secrets-file.ts";

/** Problems keep a process, or a part of it, from running; warnings do not. Each is an operator's error of some package. */
export interface CheckReport {
  readonly problems: readonly Error[];
  /** Problems of a part of the config: the process runs without the part, and keeps trying. */
  readonly partProblems: readonly Error[];
  readonly warnings: readonly Error[];
  /** Further facts, which `check` tells when there is no problem. */
  readonly notes: readonly string[];
}

/** The sockets and the folder that every process has. */
interface CheckedProcess {
  readonly admin: string;
  readonly control: string;
  readonly state: string;
}

interface ProcessCheck {
  readonly isStateUsable: boolean;
  /** The whole report, with the program's own problems and warnings; undefined entries are in order. */
  report(partProblems: readonly (Error | undefined)[], warnings: readonly (Error | undefined)[]): CheckReport;
}

/**
 * Checks what every process has: its engine (as a report), sockets for operators, state folder, and files that the
 * environment names. Changes nothing.
 */
export function checkProcess(
  { admin, control, state }: CheckedProcess,
  engine: Pick<CheckReport, "problems" | "notes">,
): ProcessCheck {
  const stateProblem = checkStateDirectory(state);
  const [secrets, qlog] = [checkSecretsFile(), checkQlogFolder()];
  const sockets = [checkSocketToBind(admin), checkSocketToBind(control)];
  const problems = [...engine.problems, ...secrets.problems, ...qlog.problems, ...sockets, stateProblem];
  return {
    isStateUsable: stateProblem === undefined,
    report: (partProblems, warnings) => ({
      problems: problems.filter(isError),
      partProblems: partProblems.filter(isError),
      warnings: [...secrets.warnings, ...qlog.warnings, ...warnings].filter(isError),
      notes: engine.notes,
    }),
  };
}

function isError(error: Error | undefined): error is Error {
  return error !== undefined;
}
