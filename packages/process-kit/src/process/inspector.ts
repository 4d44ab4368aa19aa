/** How late, on the slowest machine, Node's thread may act on a signal that came before our handler. */
const LATE_MS = 1_000;

/**
 * Shuts Node's inspector, also to SIGUSR1, unless a flag of Node's asks for one: every user of the machine could
 * connect to it, and run code as this process. Node listens to the signal from its own start on, some milliseconds
 * before this runs; a signal in between opens the inspector until then. `node --disable-sigusr1` leaves no such moment.
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
