/** Node's thread may act so late on a signal that came before our handler, on the slowest machine. */
const LATE_MS = 1_000;

/**
 * Shuts Node's inspector, also to SIGUSR1, unless a flag of Node's asks for one: whoever may connect to it, which is every user of the
 * machine, would run code as this process. Node listens to the signal from its own start on, some milliseconds before this can run;
 * what comes in between opens the inspector until here. `node --disable-sigusr1` leaves no such moment.
 */
export function shutInspector(): void {
  process.on("SIGUSR1", () => {});
  close();
  // A thread of Node's acts on the signal, and may be late.
  setImmediate(close);
  setTimeout(close, LATE_MS).unref();
}

function close(): void {
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (/--inspect(?:-brk|-wait)?(?:[= ]|$)/.test(flags)) return;
  const inspector = process.getBuiltinModule("node:inspector");
  if (inspector.url() !== undefined) inspector.close();
}
