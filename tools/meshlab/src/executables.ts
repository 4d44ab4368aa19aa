import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labError } from "./lab-error.ts";

/** The vertices of this repository. */
export type ProcessName = "link-flor" | "cluster-flor";

/** The processes of a node. The name of a link vertex is `link-` and its portal; without a portal in the mesh file it is link-flor. */
export type NodeProcess = ProcessName | `link-${string}`;
export const PROCESS_NAMES: readonly ProcessName[] = ["link-flor", "cluster-flor"];

/** The name of a process; undefined: no process has this name. */
export function parseProcessName(text: string): NodeProcess | undefined {
  return text === "cluster-flor" || isLinkVertex(text) ? text : undefined;
}

export function isLinkVertex(name: string): name is `link-${string}` {
  return /^link-./.test(name);
}

/** A program and its arguments; `run --config <file>` is put behind them. */
export type VertexCommand = readonly string[];

/** All programs of this repository that a lab or a test starts. */
export type ProgramName =
  | ProcessName
  | "fabric-flor"
  | "vpn-flor"
  | "control-flor"
  | "store-flor"
  | "update-flor"
  | "flor"
  | "meshlab"
  | "chaos";

const folders: Readonly<Record<ProgramName, string>> = {
  "link-flor": "apps/link-flor",
  "cluster-flor": "apps/cluster-flor",
  "fabric-flor": "apps/fabric-flor",
  "vpn-flor": "apps/vpn-flor",
  "control-flor": "apps/control-flor",
  "store-flor": "apps/store-flor",
  "update-flor": "apps/update-flor",
  flor: "tools/flor",
  meshlab: "tools/meshlab",
  chaos: "tools/chaos",
};

/** In development and in tests this code runs from its sources, and so do the processes. */
const isSource = import.meta.url.endsWith(".ts");

/**
 * The words that start a vertex of this repository.
 *
 * @throws OperatorError `ERR_LAB_NOT_BUILT`
 */
export function vertexCommand(name: ProcessName): VertexCommand {
  return nodeProgram(name);
}

/** The words that start the program which breaks meshes and judges them. It stands on meshlab, so that meshlab only starts it. */
export function chaosProgram(): VertexCommand {
  return nodeProgram("chaos");
}

/** The words that start meshlab itself. */
export function ownProgram(): VertexCommand {
  return nodeProgram("meshlab");
}

/** Arguments with which Node runs a program. Tests run bundles of the sources, if vitest.programs.ts has made some: not of chaos, which has programs of its own. */
export function programArguments(name: ProgramName): string[] {
  const bundles = process.env["FLORENETES_BUNDLES"];
  const folder = new URL(`../../../${folders[name]}/`, import.meta.url);
  if (!isSource) return [fileURLToPath(new URL("dist/main.js", folder))];
  const isBundled = bundles !== undefined && name !== "chaos";
  const file = isBundled ? join(bundles, name, "main.js") : fileURLToPath(new URL("src/main.ts", folder));
  return ["--conditions=@florenetes/source", file];
}

function nodeProgram(name: ProgramName): VertexCommand {
  const args = programArguments(name);
  const file = args.at(-1)!;
  if (!existsSync(file)) {
    throw labError("ERR_LAB_NOT_BUILT", `there is no ${file}`, "Build the project first: npm run build.");
  }
  // No signal opens the inspector, not even before the program's first statement.
  return [process.execPath, "--disable-sigusr1", ...args];
}
