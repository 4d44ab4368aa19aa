export type FlorioErrorCode =
  /** A socket path is longer than the kernel takes. */
  | "ERR_FLORIO_PATH_TOO_LONG"
  /** A socket path is relative, not in its shortest form, or the same for both sides. */
  | "ERR_FLORIO_PATH_INVALID"
  /** A living process has bound the path. */
  | "ERR_FLORIO_SOCKET_IN_USE"
  /** Something other than a socket is in the way. */
  | "ERR_FLORIO_NOT_A_SOCKET"
  | "ERR_FLORIO_DIRECTORY_MISSING"
  | "ERR_FLORIO_PERMISSION"
  /** The system refused for another reason, which the message names. */
  | "ERR_FLORIO_SOCKET"
  /** The native add-on is not built for this machine. */
  | "ERR_FLORIO_ADDON_MISSING";

/** An operator's mistake, or something that only an operator can put right. Branch on `code`. */
export class FlorioError extends Error {
  override readonly name = "FlorioError";
  readonly code: FlorioErrorCode;

  constructor(code: FlorioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
