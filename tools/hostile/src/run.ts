import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./trial.ts";

export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The outcomes of one call of the program. */
export interface Run {
  readonly takenAt: string;
  readonly commit: string;
  readonly cores: number;
  readonly isShort: boolean;
  readonly outcomes: readonly Outcome[];
}

/** @param checkout folder of the code that was attacked */
export function makeRun(outcomes: readonly Outcome[], isShort: boolean, checkout: string): Run {
  const commit = commitOf(checkout);
  return { takenAt: new Date().toISOString(), commit, cores: cpus().length, isShort, outcomes };
}

export function writeRun(file: string, run: Run): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
}

export function readRun(file: string): Run {
  return JSON.parse(readFileSync(file, "utf8")) as Run;
}

/** The commit of a checkout; "unknown" without git. */
function commitOf(checkout: string): string {
  try {
    const options = { cwd: checkout, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("git", ["describe", "--always", "--dirty"], options).trim();
  } catch {
    return "unknown";
  }
}
