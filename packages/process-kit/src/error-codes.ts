export type ProcessKitErrorCode =
  | "ERR_USAGE"
  | "ERR_NODE_VERSION"
  | "ERR_WATCHDOG"
  | "ERR_CONFIG_FILE_MISSING"
  | "ERR_CONFIG_FILE_UNREADABLE"
  | "ERR_CONFIG_FILE_DIRECTORY"
  | "ERR_CONFIG_FILE_TOO_LARGE"
  | "ERR_CONFIG_FILE_ENCODING"
  | "ERR_CONFIG_EMPTY"
  | "ERR_CONFIG_YAML"
  | "ERR_CONFIG_DUPLICATE_KEY"
  | "ERR_CONFIG_UNKNOWN_KEY"
  | "ERR_CONFIG_MISSING_KEY"
  | "ERR_CONFIG_TYPE"
  | "ERR_CONFIG_VALUE"
  | "ERR_CONFIG_RESERVED"
  | "ERR_CONFIG_SOCKET_DUPLICATE"
  | "ERR_SOCKET_PATH_TOO_LONG"
  | "ERR_SOCKET_DIRECTORY_MISSING"
  | "ERR_SOCKET_DIRECTORY_DENIED"
  | "ERR_SOCKET_PATH_TAKEN"
  | "ERR_SOCKET_IN_USE"
  | "ERR_SOCKET_DENIED"
  | "ERR_STATE_DIRECTORY"
  | "ERR_ADMIN_NOT_RUNNING"
  | "ERR_ADMIN_DENIED"
  | "ERR_ADMIN_TIMEOUT"
  | "ERR_ADMIN_ANSWER";

/** Every stable code that this package gives, with a line of meaning. docs/errors.md says what to do about each. */
export const PROCESS_KIT_ERRORS: Readonly<Record<ProcessKitErrorCode, string>> = {
  ERR_USAGE: "the command line does not say what it has to",
  ERR_NODE_VERSION: "the program runs on a Node that is too old for it",
  ERR_WATCHDOG: "the process hung, and its watchdog has ended it",
  ERR_CONFIG_FILE_MISSING: "there is no config file at that path",
  ERR_CONFIG_FILE_UNREADABLE: "the config file cannot be read",
  ERR_CONFIG_FILE_DIRECTORY: "the config path is a directory",
  ERR_CONFIG_FILE_TOO_LARGE: "the config file is larger than anything sensible",
  ERR_CONFIG_FILE_ENCODING: "the config file is not UTF-8 text",
  ERR_CONFIG_EMPTY: "the config file holds nothing",
  ERR_CONFIG_YAML: "the config file is not valid YAML",
  ERR_CONFIG_DUPLICATE_KEY: "a key is written twice in one place",
  ERR_CONFIG_UNKNOWN_KEY: "a key that nothing reads",
  ERR_CONFIG_MISSING_KEY: "a key that must be there is not",
  ERR_CONFIG_TYPE: "a value of another type than expected",
  ERR_CONFIG_VALUE: "a value that is not allowed",
  ERR_CONFIG_RESERVED: "a word that is kept for a later version",
  ERR_CONFIG_SOCKET_DUPLICATE: "one socket path for two sockets",
  ERR_SOCKET_PATH_TOO_LONG: "a socket path is longer than the system can bind",
  ERR_SOCKET_DIRECTORY_MISSING: "the directory of a socket does not exist",
  ERR_SOCKET_DIRECTORY_DENIED: "the directory of a socket may not be written",
  ERR_SOCKET_PATH_TAKEN: "something that is no socket is in a socket's place",
  ERR_SOCKET_IN_USE: "another process listens on the socket",
  ERR_SOCKET_DENIED: "a socket may not be opened",
  ERR_STATE_DIRECTORY: "the state directory cannot be used or made",
  ERR_ADMIN_NOT_RUNNING: "nothing answers on the admin socket",
  ERR_ADMIN_DENIED: "the admin socket may not be used by this user",
  ERR_ADMIN_TIMEOUT: "the admin socket took the question and did not answer in time",
  ERR_ADMIN_ANSWER: "the admin socket answered something else than expected",
};
