import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** The commands of ours on the nodes of a lab, for those who reach them as `ssh` would (`on-node.ts`), as JSON in a file. */
export interface NodeCommands {
  /** The words that start each program. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** The config files of each node, by the paths at which a real one has them. */
  readonly configs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Nodes that cannot be reached any more when they are to confirm. */
  readonly deaf: readonly string[];
}

/** The words that run a command of ours on a node, in place of `ssh`: behind them come the file, the node and the command. */
export function onNode(): string[] {
  return [process.execPath, fileURLToPath(new URL(`on-node${extname(import.meta.url)}`, import.meta.url))];
}
