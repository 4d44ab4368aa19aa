import { setTimeout as sleep } from "node:timers/promises";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { expect } from "vitest";
import { PATIENCE } from "./patience.ts";

/** How long after an event its log line may be written. */
const SETTLED_MS = 200;

/** Expects something of the whole log of a process, and waits for it: `await expectLog(…).toMatch(…)`. */
export function expectLog(lab: Lab, node: string, process: ProcessName): ReturnType<typeof expect.poll> {
  return expect.poll(() => lab.logs(node, process), PATIENCE);
}

/** The entries of a process's log under a code, in order, with the fields that are texts. Lines from before its log begins
 *  are left out. */
export async function logEntries(
  lab: Lab,
  node: string,
  process: ProcessName,
  code: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  await sleep(SETTLED_MS);
  const lines = (await lab.logs(node, process)).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Record<string, string>).filter((entry) => entry["code"] === code);
}
