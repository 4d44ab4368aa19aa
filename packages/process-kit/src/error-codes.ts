/** Every stable code that this package gives. docs/errors.md says what each means, and what to do about it. */
export type ProcessKitErrorCode =
  | "ERR_USAGE"
  | "ERR_NODE_VERSION"
  | "ERR_WATCHDOG"
  | "ERR_SOCKET_DIRECTORY_MISSING"
  | "ERR_SOCKET_DIRECTORY_DENIED"
  | "ERR_SOCKET_PATH_TAKEN"
  | "ERR_SOCKET_IN_USE"
  | "ERR_SOCKET_DENIED"
  | "ERR_STATE_DIRECTORY"
  | "ERR_SECRETS_FILE"
  | "ERR_SECRETS_WRITTEN"
  | "ERR_QLOG_FOLDER"
  | "ERR_QLOG_WRITTEN"
  | "ERR_ADMIN_NOT_RUNNING"
  | "ERR_ADMIN_DENIED"
  | "ERR_ADMIN_TIMEOUT"
  | "ERR_ADMIN_ANSWER";
