import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The processes in a network namespace whose command begins with `command`, whoever started them. */
export function processesIn(namespace: string, command: string): { readonly name: string; readonly pid: number }[] {
  const pids = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" }).split("\n").filter(Boolean);
  const commandOf = (pid: string): string => ifAlive(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "";
  return pids.map((pid) => ({ name: commandOf(pid), pid: Number(pid) })).filter(({ name }) => name.startsWith(command));
}

/** Kills a process that may have ended meanwhile. */
export function killIfAlive(pid: number): void {
  ifAlive(() => process.kill(pid, "SIGKILL"));
}

/** Does something with a process; undefined when the process has ended meanwhile. */
function ifAlive<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
