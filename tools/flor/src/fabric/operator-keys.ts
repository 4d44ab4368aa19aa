/** The key by which a command signs: a folder, and perhaps a program that has the private half. */
import { join } from "node:path";
import type { Fact, QuorumName } from "@florenetes/facts";
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

/** The keys of `--key`. Each is opened once, and its passphrase asked for, when the first thing comes that it signs. */
export class SignerFolder {
  readonly #options: SigningOptions;
  readonly #opened = new Map<string, Promise<OpenSigner>>();

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  /** The octets of a record with one signature more, by the key for its authority. */
  async sign({ authority }: Fact, octets: Uint8Array): Promise<Buffer> {
    return (await this.#open(authority)).signRecord(octets);
  }

  /** The raw public key for an authority, in lower-case hex. */
  publicKey(authority: QuorumName): string {
    return openPublicKeyFolder(this.#folder(authority)).publicKey.key;
  }

  /** The signature of the key for an authority on a document in JSON. */
  async signDocument(authority: QuorumName, octets: Uint8Array): Promise<Uint8Array> {
    return (await this.#open(authority)).signDocument(octets);
  }

  #open(authority: Fact["authority"]): Promise<OpenSigner> {
    const opened = this.#opened.get(authority) ?? openSigner(this.#folder(authority), this.#options);
    this.#opened.set(authority, opened);
    return opened;
  }

  #folder(authority: Fact["authority"]): string {
    const { key } = this.#options;
    return isKeyFolder(key) ? key : join(key, authority);
  }
}

interface OpenSigner {
  readonly signRecord: (octets: Uint8Array) => Buffer | Promise<Buffer>;
  readonly signDocument: (octets: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

async function openSigner(folder: string, { signer, passphraseFile }: SigningOptions): Promise<OpenSigner> {
  if (signer !== undefined) {
    const held = openPublicKeyFolder(folder);
    const ask = (signed: Uint8Array): Promise<Buffer> => askSigner(signer, held.keyId, signed);
    return {
      signRecord: (octets) => held.signBy(octets, ask),
      signDocument: (octets) => held.signDocumentBy(octets, ask),
    };
  }
  const opened = isKeyFolderSealed(folder)
    ? openKeyFolder(folder, await readPassphrase(passphraseRequest(`the key ${folder}`, passphraseFile, false)))
    : openKeyFolder(folder);
  return { signRecord: (octets) => opened.sign(octets), signDocument: (octets) => opened.signDocument(octets) };
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
