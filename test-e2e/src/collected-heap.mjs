// Loaded into a process by NODE_OPTIONS (with --expose-gc): at SIGUSR2 it collects all garbage, so that all that the process's memory holds
// then is in use.
process.on("SIGUSR2", () => globalThis.gc());
