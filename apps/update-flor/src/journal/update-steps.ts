/**
 * The steps of an update, as a state machine: it takes what happened, and says the next command and what the journal says before. The process may end at any
 * place: a journal that is found says what is to be done. Each command does no harm when it is done twice. Pure.
 */
import { TEXT_MAX } from "../limits.ts";
import type { Reason, UpdateErrorCode } from "../update-errors.ts";
import type { Journal, Phase } from "./journal.ts";

/** `return`: puts all former packages in place again. `restart`: restarts the units. `judge`: waits until the node is whole. `tidy`: tells the outcome, and removes what an update has made. */
export type Command = "install" | "restart" | "judge" | "return" | "tidy";

/** The next command, and the journal that has to be on the disk before it begins. */
export interface Step {
  readonly journal: Journal;
  readonly command: Command;
}

const COMMANDS: Readonly<Record<Exclude<Phase, "ready">, Command>> = {
  unchanged: "tidy",
  installing: "install",
  restarting: "restart",
  judging: "judge",
  confirmed: "tidy",
  returning: "return",
  "starting-former": "restart",
  returned: "tidy",
  lost: "tidy",
};

/** Phases that follow those whose command has done what it should. */
const NEXT = {
  installing: "restarting",
  restarting: "judging",
  judging: "confirmed",
  returning: "starting-former",
  "starting-former": "returned",
} as const;

const INTERRUPTED: UpdateErrorCode = "ERR_UPDATE_INTERRUPTED";

/**
 * Goes on with a journal that is found.
 *
 * @param mayBegin whether an update that has changed nothing begins; else its preparation was interrupted
 */
export function resumeUpdate(journal: Journal, mayBegin: boolean): Step {
  switch (journal.phase) {
    case "ready":
      if (mayBegin) return stepOf(journal, "installing");
      return stepOf(journal, "unchanged", {
        code: INTERRUPTED,
        message: "it was interrupted before anything was changed",
      });
    case "installing":
      return stepOf(journal, "returning", {
        code: INTERRUPTED,
        message: "it was interrupted while packages were installed",
      });
    case "restarting":
      return stepOf(journal, "returning", {
        code: INTERRUPTED,
        message: "it was interrupted while units were restarted",
      });
    case "lost":
      return stepOf(journal, "returning");
    default:
      return stepOf(journal, journal.phase);
  }
}

/**
 * Goes on after a command that has ended.
 *
 * @param failure why it did not do what it should; undefined: it did
 * @returns undefined: the update has come to its end, which is told
 */
export function nextStep(journal: Journal, failure: Reason | undefined): Step | undefined {
  switch (journal.phase) {
    case "installing":
    case "restarting":
    case "judging":
      return failure === undefined ? stepOf(journal, NEXT[journal.phase]) : stepOf(journal, "returning", failure);
    case "returning":
      return failure === undefined
        ? stepOf(journal, NEXT.returning)
        : stepOf(journal, "lost", joined(journal, failure));
    case "starting-former":
      // The former packages are in place all the same: systemd goes on trying to start their units.
      return stepOf(journal, NEXT["starting-former"], failure === undefined ? undefined : joined(journal, failure));
    default:
      return undefined;
  }
}

function stepOf(journal: Journal, phase: Exclude<Phase, "ready">, why: Reason | undefined = journal.why): Step {
  const told = why === undefined ? undefined : { code: why.code, message: why.message.slice(0, TEXT_MAX) };
  return { journal: { ...journal, phase, ...(told !== undefined && { why: told }) }, command: COMMANDS[phase] };
}

/** The first reason stays the one that is told, with what went wrong on the way back behind it. */
function joined({ why }: Journal, failure: Reason): Reason {
  if (why === undefined) return failure;
  return why.message.includes(failure.message)
    ? why
    : { code: why.code, message: `${why.message}; then: ${failure.message}` };
}
