import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** Argument vector of one of this tool's own workload programs. */
export function ownProgram(name: string, ...args: readonly (string | number)[]): string[] {
  const file = fileURLToPath(new URL(`../programs/${name}${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, ...process.execArgv, file, ...args.map(String)];
}
