import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";

/** Every stable code of the lab, with its row in docs/operate/errors.md. */
export const LAB_ERRORS = {
  ERR_LAB_USAGE: {
    meaning: "The command line does not say what it has to.",
    advice: "See `meshlab --help`.",
  },
  ERR_LAB_NOT_ROOT: {
    meaning: "Network namespaces need root.",
    advice: "Use sudo, or leave out `--netns`.",
  },
  ERR_LAB_NO_IPROUTE: {
    meaning: "There is no program `ip`.",
    advice: "Install iproute2, or leave out `--netns`.",
  },
  ERR_LAB_COMMAND: {
    meaning: "A command failed to run, or failed while the lab was set up.",
    advice: "The message has its words.",
  },
  ERR_LAB_VPN: {
    meaning:
      "The demo of a VPN makes network namespaces and devices, for which this machine lacks what the message says.",
    advice: "Run it as root, on a machine that has /dev/net/tun (`modprobe tun`) and nftables.",
  },
  ERR_LAB_FLEET: {
    meaning:
      "The demo of a fleet makes network namespaces and installs packages within them, for which this machine lacks what the message says.",
    advice: "Run it as root, on a Debian or a system that is made of it, with iproute2.",
  },
  ERR_LAB_NOT_BUILT: {
    meaning: "An executable of the project is not there.",
    advice: "`npm run build`.",
  },
  ERR_LAB_PROCESS_DIED: {
    meaning: "A process ended that nobody had ended.",
    advice: "Its last lines of log, which come with it, say why.",
  },
  ERR_LAB_NOT_UP: {
    meaning: "The mesh did not come up in time.",
    advice: "The message names each link that is not up, and what its two ends say.",
  },
  ERR_LAB_UNKNOWN: {
    meaning: "No such node, process, link or lab.",
    advice: "The advice names those there are.",
  },
  ERR_LAB_MODE: {
    meaning: "On loopback there are no wires to cut.",
    advice: "Use `--netns`.",
  },
  ERR_LAB_STATE: {
    meaning: "A process that should be started runs, or one that should get a signal does not.",
    advice: "See `status`.",
  },
  ERR_LAB_TIMEOUT: {
    meaning: "A command or a process took longer than it may.",
    advice: "Is the machine very busy?",
  },
  ERR_LAB_CLOSED: {
    meaning: "The lab is down, or does not answer.",
    advice: "Open a new one.",
  },
  ERR_LAB_SCENARIO: {
    meaning: "A scenario, or a step of one, has not the form of one.",
    advice: "The message names the step and what it takes.",
  },
  ERR_LAB_PORTALS: {
    meaning:
      "The mesh file has a portal that link-flor cannot serve, and no program was named for it; or one was named for a portal that no node has.",
    advice: "Name it: `--link-vertex PORTAL=COMMAND` ([meshlab.md](../develop/meshlab.md#another-link-vertex)).",
  },
  ERR_LAB_RELAY: {
    meaning:
      "The link has no relay, which alone can change its originator's address; or relays were asked for in a lab where another link vertex runs in place of link-flor.",
    advice: "Open the lab with relays, and with link-flor.",
  },
  ERR_LAB_AGENTS: {
    meaning: "The mesh file has agents (`fabric`), which the lab does not start.",
    advice: "Leave `fabric` and `path: auto` out of it for the lab.",
  },
  ERR_LAB_NO_PORT: {
    meaning: "No port of an address is free, on which a node or a tunnel of the lab could listen.",
    advice: "Is it an address of this machine?",
  },
  ERR_LAB_REQUEST: {
    meaning: "The demo's request failed, or was answered with something else than 200.",
    advice: "See `status` and `logs` of a and d.",
  },
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
