import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes what a run found; the folder is made when it is not there. */
export function writeResultFile(file: string, content: string | object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
}
