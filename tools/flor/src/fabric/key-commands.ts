import { join } from "node:path";
import { createKeyFolder, createPublicKeyFolder, KEY_FILES, type KeyFolder } from "@florenetes/facts/authoring";
import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { passphraseOption } from "../passphrase.ts";
import { readNewPassphrase } from "./operator-keys.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { formatFields } from "@florenetes/operator-text";

interface KeyOptions {
  readonly name: string;
  readonly out: string;
  readonly seal?: true;
  readonly passphraseFile?: string;
  readonly public?: string;
}

/** `flor fabric key new`. */
export function addKeyCommands(fabric: Command, output: Output): void {
  const key = fabric.command("key").description("keys of operators").helpCommand(false);
  key
    .command("new")
    .description("make the key of one operator: the folder stays with him, the line in key.pub may be mailed")
    .requiredOption("--name <name>", "whose key it is, for people")
    .requiredOption("--out <dir>", "folder to make; it must not exist yet, or be empty")
    .option("--seal", "seal the key with a passphrase, which every signature asks for")
    .addOption(passphraseOption("--passphrase-file", "the new key (default: it is asked for); implies --seal"))
    .addOption(
      new Option("--public <hex>", "make no key: a signer command has the private half of this one").conflicts([
        "seal",
        "passphraseFile",
      ]),
    )
    .action((options: KeyOptions) => newKey(options, output));
}

async function newKey({ name, out, seal, passphraseFile, public: given }: KeyOptions, output: Output): Promise<void> {
  if (given !== undefined) {
    return report(createPublicKeyFolder(out, readPublicKeyArgument(`${name}=${given}`)), output);
  }
  const isSealed = seal === true || passphraseFile !== undefined;
  const passphrase = isSealed ? await readNewPassphrase("the key", passphraseFile) : undefined;
  report(createKeyFolder(out, name, passphrase), output);
  output.err(
    `Whoever holds ${join(out, KEY_FILES.key)}${isSealed ? " and its passphrase" : ""} can sign as ${name}. Keep it offline.`,
  );
}

function report({ folder, publicKey, keyId }: KeyFolder, output: Output): void {
  const fields = [
    ["name", publicKey.name],
    ["public key", publicKey.key],
    ["key id", keyId],
    ["to be mailed", join(folder, KEY_FILES.publicKey)],
  ] as const;
  output.out(formatFields(fields));
}
