/** Every stable code that this package gives. docs/errors.md says what each means, and what to do about it. */
export type ConfigFileErrorCode =
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
  | "ERR_SOCKET_PATH_TOO_LONG";
