/** Milliseconds within which a command that looks at the machine or changes it has to end. A busy machine takes tens of milliseconds for one. */
export const COMMAND_MS_MAX = 10_000;
/** Bytes of a command's output: tables of routes that a client's may be among have some thousands of routes, of 150 bytes each. */
export const COMMAND_OUTPUT_BYTES_MAX = 4_194_304;
