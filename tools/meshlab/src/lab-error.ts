import { EXIT_CODES, OperatorError } from "@florenetes/operator-errors";

/** Every stable code of the lab, with a line of meaning. */
export const LAB_ERRORS = {
  ERR_LAB_USAGE: "the command line does not say what it has to",
  ERR_LAB_NOT_ROOT: "network namespaces need root",
  ERR_LAB_NO_IPROUTE: "network namespaces need iproute2",
  ERR_LAB_COMMAND: "a command that sets up the lab failed",
  ERR_LAB_NOT_BUILT: "an executable of the project is not there",
  ERR_LAB_PROCESS_DIED: "a process ended that should run",
  ERR_LAB_NOT_UP: "the mesh did not come up in time",
  ERR_LAB_UNKNOWN: "no such node, process, link or lab",
  ERR_LAB_MODE: "only labs in namespaces can do this",
  ERR_LAB_STATE: "the process runs already, or does not run",
  ERR_LAB_TIMEOUT: "something took longer than it may",
  ERR_LAB_CLOSED: "the lab is down",
  ERR_LAB_SCENARIO: "a scenario, or a step of one, has not the form of one",
  ERR_LAB_PORTALS: "the mesh file has portals beside link-flor's",
  ERR_LAB_RELAY: "the link has no relay",
  ERR_LAB_NO_PORT: "no port of an address is free",
  ERR_LAB_REQUEST: "the request through the mesh failed",
} as const;

export type LabErrorCode = keyof typeof LAB_ERRORS;

export interface LabErrorOptions {
  readonly cause?: unknown;
  readonly exitCode?: number;
}

/** Makes an error of the lab that says what happened and what to do about it. */
export function labError(
  code: LabErrorCode,
  message: string,
  advice: string,
  options: LabErrorOptions = {},
): OperatorError {
  return new OperatorError(code, message, {
    advice,
    exitCode: options.exitCode ?? EXIT_CODES.failed,
    cause: options.cause,
  });
}
