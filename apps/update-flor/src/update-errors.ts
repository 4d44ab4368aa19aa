import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";

/** The error codes of update-flor, with their rows in docs/operate/errors.md. */
export const UPDATE_ERRORS = {
  ERR_UPDATE_CONFIG: {
    meaning: "A value in `update-flor.yaml` is not in its form.",
    advice: "The message says what is expected.",
  },
  ERR_UPDATE_SPOOL: {
    meaning:
      "A file that the agent puts into the spool is missing, too large, or no file of its own: a link, a device.",
    advice: "The agent puts the release there once more by itself. If it does not, look at its log.",
  },
  ERR_UPDATE_ROOTS: {
    meaning:
      "The root descriptors in the spool do not begin with the one whose fingerprint `root` has, do not follow from each other, or end before one that this machine has seen.",
    advice: "Compare `root` in `update-flor.yaml` with the fingerprint that those who run the fabric tell.",
  },
  ERR_UPDATE_RECORD: {
    meaning:
      "The record of the release does not hold: it is of another cluster or channel, has ended, is taken back, is older than one that this machine has seen, or has too few signatures of the update quorum.",
    advice:
      "`flor release show` says what is in force. The message has the reason by its name in [facts](../protocol/facts.md#the-judge).",
  },
  ERR_UPDATE_ORDER: {
    meaning:
      "An order of people in the spool does not hold: it is for another node, is taken back, has ended, was taken before, is none that update-flor carries out, or has too few signatures of the control quorum.",
    advice:
      "Sign it again, with a higher epoch. The message has the reason by its name in [facts](../protocol/facts.md#the-judge).",
  },
  ERR_UPDATE_STAGE: {
    meaning: "The release is not for this node yet, by its stage.",
    advice: "Nothing is to be done: the node takes it when the stage is raised.",
  },
  ERR_UPDATE_FAILED_BEFORE: {
    meaning: "The node went back from this version before, and does not try it again by itself.",
    advice: "`update-flor status` has the reason. When the cause is mended, `update-flor retry` has it tried again.",
  },
  ERR_UPDATE_OLDER: {
    meaning:
      "The release is older than what is installed, and the installed one does not allow to go back to it, or not any more.",
    advice: "Publish a release with a higher version.",
  },
  ERR_UPDATE_NO_WAY_BACK: {
    meaning:
      "There would be no way back: the release does not allow to go back to the version that is installed, or a package that is installed is neither kept nor in the spool.",
    advice:
      "Give the release a `rollback` that allows it, and leave the packages of the release before in the repository.",
  },
  ERR_UPDATE_PACKAGES: {
    meaning:
      "The release does not fit this machine: it lacks a package that is installed, or one in it is not ours, of another architecture, or another package than its name says.",
    advice: "Publish a release of all packages for all architectures.",
  },
  ERR_UPDATE_DIFFERS: {
    meaning: "The record and the repository do not say the same of a package.",
    advice: "Publish the repository and the release again, both of the same packages.",
  },
  ERR_UPDATE_HASH: {
    meaning: "A package in the spool is not what the repository says of it.",
    advice: "The agent fetches it again. If this comes again, its user may be captured.",
  },
  ERR_UPDATE_DEPENDS: {
    meaning: "The packages cannot be installed on this machine as it is: they need others.",
    advice: "Install what the message names, with the means of the machine.",
  },
  ERR_UPDATE_DISK: {
    meaning:
      "There is not enough room on the disk for the packages, those of the way back, and what they become when they are installed.",
    advice: "Make room on the file system that the message names.",
  },
  ERR_UPDATE_UNDER_WAY: {
    meaning: "Packages of this node are being replaced already, by update-flor or by `flor mesh upgrade`.",
    advice: "It ends by itself. The release is tried again afterwards.",
  },
  ERR_UPDATE_INTERRUPTED: {
    meaning: "The machine or the installation stopped in the midst of an update.",
    advice:
      "The node has its former packages, and the release is tried again by itself. After a second time it is tried again by `update-flor retry`.",
  },
  ERR_UPDATE_INSTALL: {
    meaning: "dpkg could not install the packages.",
    advice: "The message has its last line, and the log of `florenetes-update-undo` all of them.",
  },
  ERR_UPDATE_RESTART: {
    meaning: "A unit could not be restarted with the new packages.",
    advice: "The journal of the unit says why.",
  },
  ERR_UPDATE_NOT_WHOLE: {
    meaning: "The node was not whole in time with the new packages.",
    advice: "The message says what was missing. The journals of the units say more.",
  },
  ERR_UPDATE_LOST: {
    meaning: "The former packages could not be put back. The node has packages of two releases, or broken ones.",
    advice:
      "Mend what dpkg complains of, then `systemctl start florenetes-update-undo`, which is tried at each boot, too.",
  },
  ERR_UPDATE_STATE: {
    meaning: "A file of update-flor's own state cannot be read or written, or is not in its form.",
    advice:
      "Mend or remove the file that the message names. Without `status.json` the node forgets how far back it may go.",
  },
  ERR_UPDATE_SYSTEM: {
    meaning: "A program of the system, such as dpkg or systemctl, did not do what it was asked for.",
    advice: "Run the command that the message names by hand, as root.",
  },
} as const;

export type UpdateErrorCode = keyof typeof UPDATE_ERRORS;

/** Why a release is not taken, or a node has gone back: a stable code, and a sentence. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** An error of update-flor, which ends the judgement of a release. */
export function updateError(code: UpdateErrorCode, message: string, cause?: unknown): OperatorError {
  return new OperatorError(code, message, {
    advice: UPDATE_ERRORS[code].advice,
    exitCode: EXIT_CODES.misconfigured,
    cause,
  });
}
