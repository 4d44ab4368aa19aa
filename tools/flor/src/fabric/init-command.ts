import { join } from "node:path";
import { writeRecordText } from "@florenetes/facts";
import {
  createKeyFolder,
  type KeyFolder,
  makeSigningKey,
  type PublicKey,
  proposeRoot,
  requireRecord,
} from "@florenetes/facts/authoring";
import { replaceFile, requireFreeFolder, writeFolder } from "@florenetes/identity/authority";
import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { passphraseOption } from "../passphrase.ts";
import { parseCount } from "./proposal-options.ts";
import { readNewPassphrase } from "./operator-keys.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { usageError } from "./usage-error.ts";
import { formatFields } from "@florenetes/operator-text";

interface InitOptions {
  readonly cluster: string;
  readonly out: string;
  readonly operators?: string;
  readonly rootKey?: readonly string[];
  readonly controlKey?: readonly string[];
  readonly updateKey?: readonly string[];
  readonly storageKey?: readonly string[];
  readonly recoveryKey?: readonly string[];
  readonly threshold?: number;
  readonly development?: true;
  readonly seal?: true;
  readonly passphraseFile?: string;
}

/** The file of the root descriptor in the folder that `init` makes. */
const ROOT_FILE = "root.fact";

/** `flor fabric init`. */
export function addInitCommand(fabric: Command, output: Output): void {
  fabric
    .command("init")
    .description("make the root of a cluster, version 1: whose keys may sign what, and how many of them it takes")
    .requiredOption("--cluster <name>", "name of the cluster")
    .requiredOption("--out <dir>", "folder to make; it must not exist yet, or be empty")
    .option("--root-key <key...>", "a key of the root: its key.pub, or NAME=HEX")
    .option(
      "--control-key <key...>",
      "a key that signs nodes, roles, services and policies; other ones than the root's",
    )
    .option("--update-key <key...>", "a key that signs releases; another one than all others (default: none)")
    .option(
      "--storage-key <key...>",
      "a key that signs collections of storage; another one than all others (default: none)",
    )
    .option(
      "--recovery-key <key...>",
      "keys of other people that may once sign a next root in the place of the root's (default: none)",
    )
    .addOption(
      new Option(
        "--operators <names>",
        "for labs: make a root, a control, an update and a storage key for each of these (alice,bob,carol) here, and sign the root",
      ).conflicts(["rootKey", "controlKey", "updateKey", "storageKey"]),
    )
    .option("--threshold <n>", "how many of the keys have to sign (default: more than half)", parseCount)
    .option("--development", "one signature is enough: a root that nodes refuse unless their config allows it")
    .option("--seal", "seal the keys that it makes with a passphrase")
    .addOption(
      passphraseOption("--passphrase-file", "the keys that it makes (default: it is asked for); implies --seal"),
    )
    .action((options: InitOptions) => init(options, output));
}

async function init(options: InitOptions, output: Output): Promise<void> {
  requireFreeFolder(options.out);
  const { octets, folders } =
    options.operators === undefined ? proposeFromKeys(options) : await makeOperators(options, options.operators);
  report(octets, folders, options, output);
}

interface MadeRoot {
  readonly octets: Uint8Array;
  /** Folders of operators whose keys were made here. */
  readonly folders: readonly string[];
}

function proposeFromKeys({
  rootKey = [],
  controlKey = [],
  updateKey,
  storageKey,
  out,
  ...options
}: InitOptions): MadeRoot {
  if (rootKey.length === 0 || controlKey.length === 0) {
    throw usageError("it takes --root-key and --control-key, or --operators");
  }
  const octets = propose(options, {
    root: rootKey.map((text) => readPublicKeyArgument(text)),
    control: controlKey.map((text) => readPublicKeyArgument(text)),
    update: updateKey?.map((text) => readPublicKeyArgument(text)),
    storage: storageKey?.map((text) => readPublicKeyArgument(text)),
  });
  writeFolder(out, [{ name: ROOT_FILE, text: writeRecordText(octets), isSecret: false }]);
  return { octets, folders: [] };
}

async function makeOperators(options: InitOptions, list: string): Promise<MadeRoot> {
  const { out, seal, passphraseFile } = options;
  const operators = list.split(",").map((name) => name.trim());
  if (new Set(operators).size < operators.length) throw usageError("--operators names somebody twice");
  // Whatever is wrong with the wish is told before a key is made.
  const trial = (): PublicKey[] => operators.map((name) => makeSigningKey(name));
  propose(options, { root: trial(), control: trial(), update: trial(), storage: trial() });
  const isSealed = seal === true || passphraseFile !== undefined;
  const passphrase = isSealed ? await readNewPassphrase("the keys", passphraseFile) : undefined;
  const folders = operators.map((name) => join(out, name));
  const make = (authority: string): KeyFolder[] =>
    operators.map((name) => createKeyFolder(join(out, name, authority), name, passphrase));
  const root = make("root");
  const proposal = propose(options, {
    root: root.map(publicKeyOf),
    control: make("control").map(publicKeyOf),
    update: make("update").map(publicKeyOf),
    storage: make("storage").map(publicKeyOf),
  });
  const octets = root.reduce<Uint8Array>((signed, key) => key.sign(signed), proposal);
  replaceFile(join(out, ROOT_FILE), writeRecordText(octets), 0o644);
  return { octets, folders };
}

function propose(
  {
    cluster,
    threshold,
    development,
    recoveryKey,
  }: Pick<InitOptions, "cluster" | "threshold" | "development" | "recoveryKey">,
  keys: Readonly<Record<"root" | "control", readonly PublicKey[]>> &
    Readonly<Record<"update" | "storage", readonly PublicKey[] | undefined>>,
): Uint8Array {
  return proposeRoot({
    cluster,
    mode: development === true ? "development" : "production",
    authorities: {
      root: { keys: keys.root, threshold },
      control: { keys: keys.control, threshold },
      ...(keys.update !== undefined && { update: { keys: keys.update, threshold } }),
      ...(keys.storage !== undefined && { storage: { keys: keys.storage, threshold } }),
    },
    ...(recoveryKey !== undefined && {
      recovery: { keys: recoveryKey.map((text) => readPublicKeyArgument(text)) },
    }),
    now: Date.now(),
  });
}

function report(
  octets: Uint8Array,
  folders: readonly string[],
  { out, development }: InitOptions,
  output: Output,
): void {
  const fact = requireRecord(octets);
  const file = join(out, ROOT_FILE);
  const fields = [
    ["cluster", fact.cluster],
    ["root", `${file}, version ${fact.epoch}, until ${new Date(fact.expires).toISOString()}`],
    ["fingerprint", `sha256:${fact.id}`],
    ...folders.map((folder) => ["keys", folder] as const),
  ] as const;
  output.out(formatFields(fields));
  output.err(`Each agent pins the root by this line of its config:\n  root: sha256:${fact.id}`);
  if (development === true) {
    output.err(
      "It is for development: one signature is enough, and nodes refuse it unless their config says `development: true`.",
    );
  }
  if (folders.length === 0) {
    output.err(`Nobody has signed it yet. Mail ${file} from one holder of a root key to the next:
  $ flor fabric sign root.fact --key <dir>`);
  } else {
    output.err(
      "Bring each operator the own folder of keys over a channel that you trust, and keep none here: who holds enough of them owns the cluster.",
    );
  }
}

function publicKeyOf({ publicKey }: KeyFolder): PublicKey {
  return publicKey;
}
