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
    advice:
      "Bring it back from a copy. Or move it away and start again: the node fills a new file with the records that it holds. Where this node has signed checkpoints, sign a policy that names the next log, too.",
  },
  ERR_LOG_STORE_FOREIGN: {
    meaning: "The file holds the log of another cluster, another log, or one of a later version.",
    advice: "Name another file, or update Florenetes here.",
  },
  ERR_LOG_STORE_BUSY: {
    meaning: "Others hold the file of the log for long, or append to the log each time before this node.",
    advice: "Look who else writes it: one agent of a machine is enough.",
  },
  ERR_LOG_STORE_FULL: {
    meaning:
      "There is no space for another entry: the disk is full, or etcd has reached its quota (alarm NOSPACE). The append that reaches etcd's quota may have been done all the same.",
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
  ERR_LOG_NOT_KEPT: {
    meaning:
      "Appends come to an end, and the log lacks the same records as before. The agent tries again more and more rarely.",
    advice:
      "Look whether the store keeps what is written to it: whether it is the right one, and what its own log says.",
  },
  ERR_LOG_SIGNER_MEMORY: {
    meaning:
      "The file in which a signer remembers the checkpoints that it has signed cannot be written or read, or is no such file. Nothing is signed without it.",
    advice:
      "Make room, and let the user of the process own the folder. Do not remove the file: without it the signer could contradict itself. If it is lost, give the node another key.",
  },
  ERR_LOG_MISSING: {
    meaning: "The store has a head, and not all entries that lead to it: some were cut out.",
    advice:
      "Put the store right from a copy, or from another machine's; records that are read elsewhere hold all the same.",
  },
  ERR_LOG_CHANGED: {
    meaning: "An entry of the store is damaged, or another one than the entry behind it or the head names.",
    advice:
      "Put the store right from a copy, and find out who may write it. Nothing behind that entry is taken from it.",
  },
  ERR_LOG_OLDER: {
    meaning:
      "The store is at an earlier state than this node has seen, or than signers have confirmed: somebody has put back an old copy.",
    advice: "Bring back the newer state, before anybody appends to this one.",
  },
  ERR_LOG_FORK: {
    meaning:
      "The log has two different entries of one index: an old copy went on, or whoever writes or signs it shows different people different logs.",
    advice:
      "Find out which one is right, and sign a policy that names the next log: until then no signer confirms this one.",
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

/**
 * A fault of the store. `missing`: an entry was cut out, or the last ones. `changed`: an entry is none, is not in its place, or is not the one that others name.
 * `older`: the head is below what was seen or signed, as of a copy that was put back. `fork`: another entry is in the place of one that was seen or signed.
 */
export interface LogFault {
  readonly kind: "missing" | "changed" | "older" | "fork";
  /** The entry that is in doubt; of `older`: the head. */
  readonly index: number;
}

const FAULT_CODES: Readonly<Record<LogFault["kind"], LogErrorCode>> = {
  missing: "ERR_LOG_MISSING",
  changed: "ERR_LOG_CHANGED",
  older: "ERR_LOG_OLDER",
  fork: "ERR_LOG_FORK",
};

/** A fault of a store as an operator's error. */
export function faultError({ kind, index }: LogFault): LogError {
  return new LogError(FAULT_CODES[kind], kind === "older" ? `the head is at entry ${index}` : `entry ${index}`);
}
