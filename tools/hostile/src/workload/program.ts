import { fileURLToPath } from "node:url";

/** The command that runs a program of this folder, from sources or compiled as this module is. */
export function workloadProgram(name: string, ...args: (string | number)[]): string[] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`${name}.${extension}`, import.meta.url));
  return [process.execPath, file, ...args.map(String)];
}
