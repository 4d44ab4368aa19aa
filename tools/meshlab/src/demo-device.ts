import { readFileSync } from "node:fs";
import { print } from "./terminal.ts";

const TELL_MS = 1_000;

/** A source of device facts (docs/protocol/device-source.md) that says what a file has: each second, and until its standard input ends. */
export function tellDevice(file: string): void {
  const tell = (): void => print(readFileSync(file, "utf8").trim());
  tell();
  const timer = setInterval(tell, TELL_MS);
  process.stdin.on("end", () => clearInterval(timer));
  process.stdin.resume();
}
