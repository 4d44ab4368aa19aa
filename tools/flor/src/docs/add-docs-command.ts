import type { Command } from "commander";
import type { Output } from "../output.ts";

/** `flor docs`. Its modules are loaded when it runs: no other command needs a server. */
export function addDocsCommand(program: Command, output: Output): void {
  program
    .command("docs")
    .description("show the documents in a browser of this machine, with a search and without a network, until Ctrl-C")
    .action(async () => {
      const { showDocuments } = await import("./docs-command.ts");
      await showDocuments(output);
    });
}
