import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's commands on the nodes of a lab, as JSON in a file. `on-node.ts` runs them in place of `ssh`. */
export interface NodeCommands {
  /** The words that start each program. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** The config files of each node, by their paths on a real node. */
  readonly configs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Nodes that cannot be reached when they have to confirm. */
  readonly deaf: readonly string[];
}

/** The words that run a command of the project on a node, in place of `ssh`. The file, the node and the command follow them. */
export function onNode(): string[] {
  return [process.execPath, fileURLToPath(new URL(`on-node${extname(import.meta.url)}`, import.meta.url))];
}
