import type { Command } from "commander";
import { passphraseOption } from "../passphrase.ts";

/** `flor issuer`. Its modules are loaded when it runs: no other command needs a server. */
export function addIssuerCommand(program: Command): void {
  program
    .command("issuer")
    .description("run until SIGTERM: renew identities of a cluster that are valid, by an intermediate CA")
    .requiredOption("-c, --config <file>", "the config file (YAML)")
    .addOption(passphraseOption("--ca-passphrase-file", "a sealed CA (default: it is asked for)"))
    .action(async ({ config, caPassphraseFile }: { readonly config: string; readonly caPassphraseFile?: string }) => {
      const { runIssuer } = await import("./issuer-command.ts");
      await runIssuer(config, caPassphraseFile);
    });
}
