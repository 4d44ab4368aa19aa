import { type CertificateAuthority, isCaSealed, openCa } from "@florenetes/identity/authority";
import type { Command } from "commander";
import { passphraseOption, readPassphrase } from "./passphrase.ts";

/** The options of every command that uses a CA's key. */
export interface CaKeyOptions {
  readonly ca: string;
  readonly caPassphraseFile?: string;
}

export function withCaKeyOptions(command: Command): Command {
  return command
    .requiredOption("--ca <dir>", "folder of the CA")
    .addOption(passphraseOption("--ca-passphrase-file", "a sealed CA (default: it is asked for)"));
}

/** Opens a CA folder, and asks for the passphrase when its key is sealed. */
export async function openCaFolder({ ca, caPassphraseFile }: CaKeyOptions): Promise<CertificateAuthority> {
  return isCaSealed(ca) ? openCa(ca, await readCaPassphrase(caPassphraseFile, false)) : openCa(ca);
}

/** The passphrase of a CA: a new one is asked for twice. */
export function readCaPassphrase(file: string | undefined, isNew: boolean): Promise<string> {
  return readPassphrase({ what: "the CA", file, option: "--ca-passphrase-file", isNew });
}
