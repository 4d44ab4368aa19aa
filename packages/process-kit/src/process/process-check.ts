import { checkSocketToBind } from "../filesystem/socket-path.ts";
import { checkStateDirectory } from "../filesystem/state-directory.ts";
import { checkQlogFolder } from "./qlog-folder.ts";
import { checkSecretsFile } from "./secrets-file.ts";

/** Problems keep a process, or a part of it, from running; warnings do not. Each is an operator's error, of whichever package. */
export interface CheckReport {
  readonly problems: readonly Error[];
  /** Problems that put a part of the config down, and nothing else: a process runs without it, and tries again. */
  readonly partProblems: readonly Error[];
  readonly warnings: readonly Error[];
  /** Further facts, which `check` tells when there is no problem. */
  readonly notes: readonly string[];
}

/** Sockets and folder of any process. */
interface CheckedProcess {
  readonly admin: string;
  readonly control: string;
  readonly state: string;
}

interface ProcessCheck {
  readonly isStateUsable: boolean;
  /** All of it, with what a program has found of its own; what is in order is undefined. */
  report(partProblems: readonly (Error | undefined)[], warnings: readonly (Error | undefined)[]): CheckReport;
}

/** Looks at what every process has: its engine (as a report), sockets for operators, state folder, and files that the environment asks for. Changes nothing. */
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
