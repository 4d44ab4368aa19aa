/**
 * Has the programs of a release compiled by a Node that this machine cannot run by itself.
 *
 *   node rehearse-release.ts FOLDER COMMAND…      the folder of the release, and the command that runs Node
 */
import { join } from "node:path";
import { rehearse } from "./rehearsal.ts";

const [folder, command, ...rest] = process.argv.slice(2);
if (folder === undefined || command === undefined) throw new Error("a folder and a command are needed");
await rehearse((name) => join(folder, name === "flor" ? "tools" : "apps", name, "dist"), [command, ...rest]);
