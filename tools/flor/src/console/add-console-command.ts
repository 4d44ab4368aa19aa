import { type Command, InvalidArgumentError } from "commander";
import { addAskingOptions, type AskingOptions } from "../mesh-status/asked-mesh.ts";
import type { Output } from "../output.ts";
import { EVERY_SECONDS_DEFAULT } from "./limits.ts";

/** `flor console`. Its modules are loaded when it runs: no other command needs a server. */
export function addConsoleCommand(program: Command, output: Output): void {
  const command = program
    .command("console")
    .description(
      "show the mesh of a mesh file in a browser of this machine, as it changes, until Ctrl-C; changes nothing",
    );
  addAskingOptions(command)
    .option("--every <seconds>", "how long nodes are left alone between two questions", seconds, EVERY_SECONDS_DEFAULT)
    .option("--port <port>", "port of the loopback address; 0: any that is free", port, 0)
    .action(async (file: string, options: AskingOptions & { readonly every: number; readonly port: number }) => {
      const { showConsole } = await import("./console-command.ts");
      await showConsole(file, options, output);
    });
}

function seconds(text: string): number {
  return numberIn(text, 1, 3_600);
}

function port(text: string): number {
  return numberIn(text, 0, 65_535);
}

function numberIn(text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new InvalidArgumentError(`A number from ${least} to ${most} is needed.`);
}
