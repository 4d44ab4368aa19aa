import { spawnSync } from "node:child_process";
import { packageError } from "../package-error.ts";
import type { Command } from "./command.ts";
import { commandTree } from "./parse-help.ts";

/**
 * Asks a program that is built for the help of each of its commands, of which no other place has all.
 *
 * @param name The name by which people call it.
 * @param main Its main.js.
 * @throws OperatorError `ERR_INSTALL_NOT_BUILT`
 */
export function readCommands(name: string, main: string): Command {
  return commandTree([name], (path) => helpOf(path, main));
}

function helpOf(path: readonly string[], main: string): string {
  const args = ["--disable-sigusr1", main, ...path.slice(1), "--help"];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  const message = `\`${path.join(" ")} --help\` has failed: ${error?.message ?? stderr.trim()}`;
  throw packageError("ERR_INSTALL_NOT_BUILT", message, "Run `npm run build` first.", { file: main });
}
