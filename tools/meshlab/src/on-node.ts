/** Runs a command of the project on a node of a lab, as `ssh` would: `on-node FILE NODE PROGRAM WORDS…`. The file has `NodeCommands`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { NodeCommands } from "./node-commands.ts";

const [file = "", node = "", program = "", verb = "", ...words] = process.argv.slice(2);
const { programs, configs, deaf } = JSON.parse(readFileSync(file, "utf8")) as NodeCommands;
if (verb === "confirm" && deaf.includes(node)) process.exit(255);
// A lab keeps its config files in other places than a real node.
const place = words.indexOf("--config") + 1;
const own = words.map((word, index) => (index === place ? configs[node]![word]! : word));
const [command = "", ...args] = programs[program]!;
process.exitCode = spawnSync(command, [...args, verb, ...own], { stdio: "inherit" }).status ?? 255;
