/** The key by which the agent signs records as one of a quorum: a key folder, as operators have them, whose private half may be a command's. */
import {
  askSigner,
  isKeyFolderSealed,
  type KeyFolder,
  openKeyFolder,
  openPublicKeyFolder,
} from "@florenetes/facts/authoring";
import { readTextFile } from "@florenetes/identity/authority";
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { SignerConfig } from "./fabric-config.ts";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";

/** A key that signs, and remembers on the disk what it has signed: never two records of one slot and epoch. */
export interface SignerKey {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
  /** SHA-256 of these octets, in lower-case hex. */
  readonly keyId: string;
  /**
   * The octets of a record, with one signature more. Rejects with an operator's error: ERR_FABRIC_SIGNED_OTHER where a record of this slot with the
   * same epoch or a higher one was signed, ERR_FABRIC_SIGNER where the command has not signed, and those of key folders.
   */
  readonly sign: (record: Uint8Array) => Promise<Uint8Array>;
}

/** Opens the key that the config names. @throws OperatorError of key folders, `ERR_FABRIC_PASSPHRASE_FILE` */
export function openSignerKey(config: SignerConfig): SignerKey {
  const folder = openFolder(config);
  const { command } = config;
  return {
    key: folder.publicKey.key,
    keyId: folder.keyId,
    sign: async (record) =>
      command === undefined
        ? folder.sign(record)
        : folder.signBy(record, (octets) => askSigner(command, folder.keyId, octets)),
  };
}

/** Finds what keeps the key from being opened; undefined when nothing does. Runs no command. */
export function checkSignerKey(config: SignerConfig): OperatorFault | undefined {
  return operatorFault(() => openFolder(config));
}

function openFolder({ key, passphraseFile, command }: SignerConfig): KeyFolder {
  if (command !== undefined) return openPublicKeyFolder(key);
  const isSealed = passphraseFile !== undefined && isKeyFolderSealed(key);
  return openKeyFolder(key, isSealed ? readPassphrase(passphraseFile) : undefined);
}

/** The one line of a file that only its owner may use. */
function readPassphrase(file: string): string {
  const { text, mode } = readTextFile(file);
  if ((mode & 0o077) !== 0)
    throw passphraseError(file, `it has mode 0${mode.toString(8)}: others than its owner can use it`);
  const passphrase = text.replace(/\r?\n$/, "");
  if (passphrase === "" || /[\r\n]/.test(passphrase)) throw passphraseError(file, "it is not one line");
  return passphrase;
}

function passphraseError(file: string, message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_PASSPHRASE_FILE";
  const advice = "Write the passphrase into it as its only line, and run chmod 600 on it.";
  return new OperatorError(code, message, { advice, where: { file, key: "signer.passphrase-file" } });
}
