/** Link vertices that are not link-flor, as a lab starts them. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Lab, PYTHON } from "@florenetes/meshlab";
import { areInstalled } from "./installed.ts";

export { LINK_SERIAL, LINK_TLS, PYTHON } from "@florenetes/meshlab";

/** Whether the link vertices in Python can run here; otherwise says that `tests` are left out. */
export function hasPython(tests: string): boolean {
  return areInstalled(tests, PYTHON[0], "/usr/lib/python3/dist-packages/yaml");
}

/** The command of a lab whose link vertices in link-flor's place change: `chooseLinkVertex` says which one starts next. */
export const CHOSEN_LINK_VERTEX = ["sh", "-c", '. "$(dirname "$3")/link-vertex"', "link-vertex"] as const;

/** Has a node start this link vertex from now on. */
export function chooseLinkVertex(lab: Lab, node: string, argv: readonly string[]): void {
  const words = argv.map((word) => `'${word}'`).join(" ");
  writeFileSync(join(dirname(lab.configFile(node, "link-flor")), "link-vertex"), `exec ${words} "$@"\n`);
}
