import { spawn } from "node:child_process";
import { ownProgram } from "./executables.ts";
import { markOf } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";

/**
 * Starts the keeper of a lab, which outlives the lab's owner by a moment: a shell that waits for the end of a pipe, and then sweeps the
 * lab. Only the owner holds the pipe's other end, and the kernel closes it, whatever ended the owner. So the keeper needs neither a timer
 * nor the owner's help. It runs in a session of its own, out of reach of Ctrl-C and of a closing terminal.
 */
export function startKeeper(folder: string): ProcessMark {
  const script = 'cat > /dev/null; exec "$@"';
  const child = spawn("/bin/sh", ["-c", script, "keeper", ...ownProgram(), "sweep", folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin.on("error", () => {});
  return markOf(child.pid ?? 0);
}

/** Ends the keeper of a lab that was taken down in order: the process group of the shell and its `cat`. */
export function endKeeper(keeper: ProcessMark): void {
  if (markOf(keeper.pid).startTime !== keeper.startTime || keeper.pid === 0) return;
  try {
    process.kill(-keeper.pid, "SIGKILL");
  } catch {
    // The keeper has ended by itself.
  }
}
