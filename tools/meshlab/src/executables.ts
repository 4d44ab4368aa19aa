import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { labError } from "./lab-error.ts";

/** The processes of a node. */
export type ProcessName = "link-flor" | "cluster-flor";
export const PROCESS_NAMES: readonly ProcessName[] = ["link-flor", "cluster-flor"];

/** Program and arguments; `run --config <file>` is put behind them. */
export type VertexCommand = readonly string[];

/** This code runs from its sources (in development and in tests), and so do the processes then. */
const isSource = import.meta.url.endsWith(".ts");

/**
 * How to start one of the project's executables.
 *
 * @throws OperatorError `ERR_LAB_NOT_BUILT`
 */
export function vertexCommand(name: ProcessName): VertexCommand {
  return nodeProgram(`../../../apps/${name}`);
}

/** How to start meshlab itself. */
export function ownProgram(): VertexCommand {
  return nodeProgram("..");
}

function nodeProgram(folder: string): VertexCommand {
  const place = isSource ? `${folder}/src/main.ts` : `${folder}/dist/main.js`;
  const file = fileURLToPath(new URL(place, import.meta.url));
  if (!existsSync(file)) {
    throw labError("ERR_LAB_NOT_BUILT", `there is no ${file}`, "Build the project first: npm run build.");
  }
  // No signal opens the inspector, not even before the program's first statement.
  return [process.execPath, "--disable-sigusr1", ...(isSource ? ["--conditions=@florenetes/source"] : []), file];
}
