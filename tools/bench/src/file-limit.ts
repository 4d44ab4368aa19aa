import { execFileSync } from "node:child_process";

/** Ten thousand connections through a chain of proxies, some of which have four sockets for each. */
const FILES = 65_536;

/** Lets this process, and all that it starts, have so many files open. Where that is not allowed, they have what there is. */
export function raiseFileLimit(): void {
  try {
    execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${FILES}:${FILES}`], { stdio: "ignore" });
  } catch {
    // Then a measure that needs them says that it could not be taken.
  }
}
