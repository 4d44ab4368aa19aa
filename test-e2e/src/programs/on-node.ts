/**
 * Runs a command of ours on a node of a lab, as `ssh` would: `on-node <file> <node> <program> <words…>`. The file has the words that start
 * each program, the config files of each node by the paths that the words name, and nodes that cannot be reached any more when they are to confirm.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Nodes {
  readonly programs: Readonly<Record<string, readonly string[]>>;
  readonly configs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly deaf: readonly string[];
}

const [file = "", node = "", program = "", verb = "", ...words] = process.argv.slice(2);
const { programs, configs, deaf } = JSON.parse(readFileSync(file, "utf8")) as Nodes;
if (verb === "confirm" && deaf.includes(node)) process.exit(255);
// A lab has its config files elsewhere.
const place = words.indexOf("--config") + 1;
const own = words.map((word, index) => (index === place ? configs[node]![word]! : word));
const [command = "", ...args] = programs[program]!;
process.exitCode = spawnSync(command, [...args, verb, ...own], { stdio: "inherit" }).status ?? 255;
