import { OperatorError, type OperatorErrorOptions } from "@florenetes/operator-text";

/** Every code of the log and its stores: what it means, and what to do about it, in a line each. docs/operate/errors.md is made from it. */
export const LOG_ERRORS = {
  ERR_LOG_STORE_SYSTEM: {
    meaning:
      "The file of the log, or its folder, cannot be opened, read or written; the message has the system's reason.",
    advice: "Let the user of the process own the folder, and look at the disk.",
  },
  ERR_LOG_STORE_BROKEN: {
    meaning: "The file of the log is damaged, or no database at all.",
    advice: "Move it away and start again: the log is read anew from the other nodes, or from a copy of the file.",
  },
  ERR_LOG_STORE_FOREIGN: {
    meaning: "The file holds the log of another cluster, another log, or one of a later version.",
    advice: "Name another file, or update Florenetes here.",
  },
  ERR_LOG_STORE_BUSY: {
    meaning: "Another process holds the file of the log for long.",
    advice: "Look who else has it open; one agent of a machine writes a log.",
  },
  ERR_LOG_STORE_FULL: {
    meaning: "There is no space for another entry: the disk is full, or etcd has reached its quota (alarm NOSPACE).",
    advice:
      "Make room. For etcd: compact and defragment it, or raise --quota-backend-bytes, and then take the alarm back: `etcdctl alarm disarm`.",
  },
  ERR_LOG_STORE_UNREACHABLE: {
    meaning:
      "No member of etcd answers in time; the message has the reason of each. An append may have been done all the same.",
    advice:
      "Check the addresses, that the members run, and that certificates, key and CA are those of this etcd and have not ended.",
  },
  ERR_LOG_STORE_ANSWER: {
    meaning: "A member of etcd gave an answer that makes no sense, or refused a request; the message has its words.",
    advice: "Check that the address is that of an etcd 3.4 or later, with its JSON gateway, and what its log says.",
  },
  ERR_LOG_NO_MAJORITY: {
    meaning: "Fewer than half of etcd's members work together: nothing can be appended, and what is read may be old.",
    advice: "Start the members that are missing, or mend the network between them. Nothing has to be done here.",
  },
} as const;

export type LogErrorCode = keyof typeof LOG_ERRORS;

/** A mistake in or around a log that the operator can mend. Branch on `code`. */
export class LogError extends OperatorError {
  override readonly name = "LogError";
  declare readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options: Omit<OperatorErrorOptions, "advice"> = {}) {
    super(code, message, { ...options, advice: LOG_ERRORS[code].advice });
  }
}
