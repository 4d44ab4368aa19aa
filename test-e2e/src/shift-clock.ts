/** Nodes of a lab whose clocks are wrong. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "@florenetes/meshlab";

/** The environment of a lab in which clocks can be shifted. */
export const SHIFTABLE: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${fileURLToPath(new URL("shifted-clock.mjs", import.meta.url))}`,
};

/** Has processes of a node that start from now on believe that it is this many days later; 0: today. */
export function shiftClock(lab: Lab, node: string, days: number): void {
  writeFileSync(join(dirname(lab.configFile(node, "cluster-flor")), "shifted-days"), String(days));
}
