// Loaded into a process by NODE_OPTIONS (with --expose-gc): at SIGUSR2 it collects all garbage, so that what its memory holds
// then is in use, and not what the collector had no reason yet to look at.
process.on("SIGUSR2", () => globalThis.gc());
