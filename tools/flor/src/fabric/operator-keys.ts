/** The key by which a command signs: a folder, and perhaps a program that has the private half. */
import { join } from "node:path";
import type { Fact } from "@florenetes/facts";
import {
  askSigner,
  isKeyFolder,
  isKeyFolderSealed,
  openKeyFolder,
  openPublicKeyFolder,
} from "@florenetes/facts/authoring";
import type { Command } from "commander";
import { passphraseOption, readPassphrase } from "../passphrase.ts";

export interface SigningOptions {
  readonly key: string;
  readonly signer?: string;
  readonly passphraseFile?: string;
}

export function withSigningOptions(command: Command): Command {
  return command
    .requiredOption("--key <dir>", "key folder, or the folder of an operator with one for each authority")
    .option(
      "--signer <command>",
      "a command that has the private key: docs/operate/fabric.md says what it gets and answers",
    )
    .addOption(passphraseOption("--passphrase-file", "a sealed key (default: it is asked for)"));
}

/** The keys of `--key`. Each is opened once, and its passphrase asked for, when the first record comes that it signs. */
export class SignerFolder {
  readonly #options: SigningOptions;
  readonly #opened = new Map<string, Promise<SignRecord>>();

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  /** The octets of a record with one signature more, by the key for its authority. */
  async sign({ authority }: Fact, octets: Uint8Array): Promise<Buffer> {
    const opened = this.#opened.get(authority) ?? openSigner(authority, this.#options);
    this.#opened.set(authority, opened);
    return (await opened)(octets);
  }
}

type SignRecord = (octets: Uint8Array) => Buffer | Promise<Buffer>;

async function openSigner(authority: Fact["authority"], options: SigningOptions): Promise<SignRecord> {
  const { key, signer, passphraseFile } = options;
  const folder = isKeyFolder(key) ? key : join(key, authority);
  if (signer !== undefined) {
    const held = openPublicKeyFolder(folder);
    return (octets) => held.signBy(octets, (signed) => askSigner(signer, held.keyId, signed));
  }
  const opened = isKeyFolderSealed(folder)
    ? openKeyFolder(folder, await readPassphrase(passphraseRequest(`the key ${folder}`, passphraseFile, false)))
    : openKeyFolder(folder);
  return (octets) => opened.sign(octets);
}

/** Asks for the passphrase of keys that are made now. */
export function readNewPassphrase(what: string, file: string | undefined): Promise<string> {
  return readPassphrase(passphraseRequest(what, file, true));
}

function passphraseRequest(
  what: string,
  file: string | undefined,
  isNew: boolean,
): Parameters<typeof readPassphrase>[0] {
  return { what, file, option: "--passphrase-file", isNew };
}
