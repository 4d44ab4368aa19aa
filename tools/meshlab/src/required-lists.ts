import { readFileSync, writeFileSync } from "node:fs";
import { PROCESS_NAMES } from "./executables.ts";
import type { Lab } from "./lab.ts";

/** Makes a node's processes require revocation lists from their next start on. */
export function requireLists(lab: Pick<Lab, "configFile">, node: string): void {
  for (const process of PROCESS_NAMES) {
    const file = lab.configFile(node, process);
    const text = readFileSync(file, "utf8");
    const inCluster = text.replace(" identity:", " revocation: required, identity:");
    writeFileSync(file, process === "link-flor" ? inCluster : `${text}revocation: required\n`);
  }
}
