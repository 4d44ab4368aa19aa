import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Reads a program's output line by line. Resolves when the program has ended and all was read. */
export async function readLines(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  child.stderr?.resume();
  const hasClosed = once(child, "close").catch(() => {});
  for await (const line of createInterface({ input: child.stdout! })) onLine(line);
  await hasClosed;
}
