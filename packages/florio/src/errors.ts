/** All error codes of this package, each with its meaning and the operator's remedy. */
export const FLORIO_ERRORS = {
  ERR_FLORIO_PATH_TOO_LONG: {
    meaning: "A FlorIO socket path has more than 107 bytes.",
    advice: "Choose a shorter directory or name, in the configs of both processes.",
  },
  ERR_FLORIO_PATH_INVALID: {
    meaning: "A FlorIO socket path is relative, not in its shortest form, or the same for both sides.",
    advice: "Write two different absolute paths, without `.`, `..` and double slashes, alike in both configs.",
  },
  ERR_FLORIO_SOCKET_IN_USE: {
    meaning: "A living process has bound the path: mostly a second instance of this one.",
    advice: "Stop the other instance, or give this one a `bind` of its own.",
  },
  ERR_FLORIO_NOT_A_SOCKET: {
    meaning: "Something that is no socket is in the socket's place.",
    advice: "Move it away, or mend the path: it is not removed for you.",
  },
  ERR_FLORIO_DIRECTORY_MISSING: {
    meaning: "The directory of our own socket does not exist.",
    advice: "Make it (mode 0750, with the group that both processes share), or mend the path.",
  },
  ERR_FLORIO_PERMISSION: {
    meaning: "Our own socket may not be made there.",
    advice: "Let the user of this process own the directory; remove a socket that another user left there.",
  },
  ERR_FLORIO_SOCKET: {
    meaning: "The system refused a socket for another reason, which the message names.",
    advice: "Look the system's reason up (`man 7 unix`); when it makes no sense, report it.",
  },
} as const;

export type FlorioErrorCode = keyof typeof FLORIO_ERRORS;

/** An operator's mistake, or something that only an operator can put right. Branch on `code`. */
export class FlorioError extends Error {
  override readonly name = "FlorioError";
  readonly code: FlorioErrorCode;
  /** Advice to the operator: a sentence. */
  readonly advice: string;

  constructor(code: FlorioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = FLORIO_ERRORS[code].advice;
  }
}
