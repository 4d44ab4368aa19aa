// Runs a command in the place of this process: signals that this one gets reach it, and its end becomes this one's. Plain JavaScript for
// any Node from 18 on.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"];

/**
 * Runs the command with what is typed and shown here, and waits for its end. A signal that only this process gets is passed on; one that
 * a terminal has sent the command has already, as it sends to all that run in front of it.
 *
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, wasSignalled: boolean }>} how it ended, and whether a signal came
 */
export function runInForeground(command, args, options) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    let wasSignalled = false;
    const pass = (signal) => {
      wasSignalled = true;
      if (signal === "SIGTERM" || !isInFrontOfTerminal()) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    const settle = (act) => {
      for (const signal of SIGNALS) process.removeListener(signal, pass);
      act();
    };
    child.on("error", (error) => settle(() => fail(error)));
    child.on("exit", (code, signal) => settle(() => done({ code, signal, wasSignalled })));
  });
}

/** Ends this process as the command has ended. */
export function endAs({ code, signal }) {
  if (signal !== null) process.kill(process.pid, signal);
  else process.exit(code);
}

/** Whether a Ctrl-C, or the end of the terminal, goes to this process and to its children alike. */
function isInFrontOfTerminal() {
  try {
    // After the name, which may hold anything: state, parent, group, session, terminal, the group in front of it.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , front] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === front;
  } catch {
    // Without /proc there is nothing to tell by; a second signal would end the command at once.
    return process.stdin.isTTY === true;
  }
}
