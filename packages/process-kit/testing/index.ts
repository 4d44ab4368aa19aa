/** Help for tests that run programs as processes. */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/**
 * Reads the log of a process that has just been started, and resolves at its line `READY`. Rejects when the process ends before.
 *
 * @param log takes each line of the log, as long as the process lives
 * @param stderr all that the process has said beside its log, so far
 */
export function untilReady(
  child: ChildProcessByStdio<null, Readable, Readable>,
  log: Record<string, unknown>[],
  stderr: () => string,
): Promise<void> {
  let rest = "";
  return new Promise((done, fail) => {
    // On `close` all output of the process has been read.
    child.once("close", (code) => fail(new Error(`the process ended with ${code}: ${stderr()}`)));
    child.stdout.on("data", (text) => {
      const lines = (rest + String(text)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) log.push(JSON.parse(line) as Record<string, unknown>);
      if (log.some(({ code, pid }) => code === "READY" && pid === child.pid)) done();
    });
  });
}
