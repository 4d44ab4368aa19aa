/** Every stable code that this package gives, or that several kinds of config files have, with its row in docs/operate/errors.md. */
export const CONFIG_FILE_ERRORS = {
  ERR_CONFIG_FILE_MISSING: {
    meaning: "There is no file at that path.",
    advice: "Check the path of `--config`.",
  },
  ERR_CONFIG_FILE_UNREADABLE: {
    meaning: "The file cannot be read.",
    advice: "Let the user of the process read it and enter its folders.",
  },
  ERR_CONFIG_FILE_DIRECTORY: {
    meaning: "The path is a directory.",
    advice: "Name the file in it.",
  },
  ERR_CONFIG_FILE_TOO_LARGE: {
    meaning: "The file has more than a megabyte.",
    advice: "Is it a config file?",
  },
  ERR_CONFIG_FILE_ENCODING: {
    meaning: "The file is not UTF-8 text.",
    advice: "Save it as UTF-8.",
  },
  ERR_CONFIG_EMPTY: {
    meaning: "The file holds nothing.",
    advice: "Write the config into it; [configuration.md](configuration.md) has examples.",
  },
  ERR_CONFIG_YAML: {
    meaning:
      "The file is not valid YAML 1.2, nests too deep, uses its rarer features (tags, collections as keys, many anchors, aliases of aliases of aliases), or has more lines, commas and brackets than any config (`packages/config-file/src/limits.ts`).",
    advice: "Mend the YAML at that line: indentation, quotes, brackets.",
  },
  ERR_CONFIG_DUPLICATE_KEY: {
    meaning: "A key is written twice in one place.",
    advice: "Remove or rename one of them.",
  },
  ERR_CONFIG_UNKNOWN_KEY: {
    meaning: "A key that nothing reads, mostly a misspelt one.",
    advice: "Take the one that is proposed, or remove it.",
  },
  ERR_CONFIG_MISSING_KEY: {
    meaning: "A key that must be there is not.",
    advice: "Add it.",
  },
  ERR_CONFIG_TYPE: {
    meaning: "A value of another type than expected.",
    advice: "Write the type that is named; a number or `yes` that is meant as a text needs quotes.",
  },
  ERR_CONFIG_VALUE: {
    meaning: "A value that is not allowed.",
    advice: "Take one that is; the message lists them.",
  },
  ERR_CONFIG_RESERVED: {
    meaning: "A word that is kept for a later version: `priority` and `fallback` of a path.",
    advice: "Remove it.",
  },
  ERR_CONFIG_NAME: {
    meaning: "A name with other characters than names have.",
    advice: "1 to 63 of `a-z`, `0-9`, `-`, `.`, `_`; a letter or digit at both ends, no `..`.",
  },
  ERR_CONFIG_ADDRESS: {
    meaning: "An address that cannot be read.",
    advice: "Write it in the form that the message shows.",
  },
  ERR_CONFIG_DURATION: {
    meaning: "A duration that cannot be read, or out of range.",
    advice: "`1500` (milliseconds), `1500ms`, `1.5s`, `2min`, `12h` or `7d`, within the range that the message shows.",
  },
  ERR_CONFIG_SOCKET_DUPLICATE: {
    meaning: "One socket path for two sockets.",
    advice: "Give each socket a path of its own.",
  },
  ERR_CONFIG_LISTEN_DUPLICATE: {
    meaning: "Two listeners that exclude each other: the same port on the same address, or on one and on all.",
    advice: "Choose another port or address.",
  },
  ERR_CONFIG_METRICS_PLAIN: {
    meaning: "Other machines could read the metrics unencrypted: `metrics` listens beyond loopback, and has no `tls`.",
    advice: "Listen on 127.0.0.1, or add `tls` with a `certificate` and its `key` ([metrics.md](metrics.md#over-tcp)).",
  },
  ERR_SOCKET_PATH_TOO_LONG: {
    meaning: "A socket path has more than 107 bytes once it is absolute; the system takes no more.",
    advice: "Choose a shorter directory or name.",
  },
} as const;

export type ConfigFileErrorCode = keyof typeof CONFIG_FILE_ERRORS;
