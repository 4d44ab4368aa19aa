import { formatPrincipal, PRINCIPAL_KINDS, type PrincipalKind } from "@florenetes/identity";
import { createCa, type KeyAlgorithm, readRootsFile, sealCa } from "@florenetes/identity/authority";
import { Argument, type Command } from "commander";
import { addListCommand } from "./ca-list-command.ts";
import { addRevocationCommands } from "./ca-revocation-commands.ts";
import { addTokenCommand } from "./ca-token-command.ts";
import { algorithmOption } from "./algorithm-option.ts";
import { parseDays } from "./days.ts";
import { addEnrollmentCommands } from "./enrollment-commands.ts";
import { type CaKeyOptions, openCaFolder, readCaPassphrase, withCaKeyOptions } from "./open-ca.ts";
import type { Output } from "./output.ts";
import { passphraseOption, readPassphrase } from "./passphrase.ts";
import { trustOption } from "./trust-option.ts";
import { formatFields } from "@florenetes/operator-text";

interface InitOptions {
  readonly cluster: string;
  readonly out: string;
  readonly days?: number;
  readonly algorithm: KeyAlgorithm;
  readonly seal?: true;
  readonly caPassphraseFile?: string;
}

interface IntermediateOptions extends CaKeyOptions {
  readonly out: string;
  readonly days?: number;
  readonly algorithm: KeyAlgorithm;
}

interface IssueOptions extends CaKeyOptions {
  readonly out: string;
  readonly days?: number;
  readonly algorithm: KeyAlgorithm;
  readonly trust: readonly string[];
}

interface SealOptions extends CaKeyOptions {
  readonly passphraseFile?: string;
}

/** `flor ca …`: the commands for a CA folder. */
export function addCaCommands(program: Command, output: Output): void {
  const ca = program
    .command("ca")
    .description("make a cluster's CA, issue identities with it, and revoke them")
    .helpCommand(false);

  ca.command("init")
    .description("make the CA of a new cluster: its root certificate, and the key that never leaves the folder")
    .requiredOption("--cluster <name>", "name of the cluster: a-z, 0-9, '-', '.' and '_', at most 63 characters")
    .requiredOption("--out <dir>", "folder to make; it must not exist yet, or be empty")
    .option("--days <n>", "days until the root ends (default: 3650)", parseDays)
    .addOption(algorithmOption().default("p256"))
    .option("--seal", "seal the key with a passphrase, which every later use of it asks for")
    .addOption(passphraseOption("--ca-passphrase-file", "the new CA (default: it is asked for); implies --seal"))
    .action((options: InitOptions) => initCa(options, output));

  withCaKeyOptions(ca.command("intermediate"))
    .description("make a CA below the root, in a new folder: it issues and renews, so that the root can stay offline")
    .requiredOption("--out <dir>", "folder to make; it must not exist yet, or be empty")
    .option("--days <n>", "days until it ends, and all that it issued with it (default: 365)", parseDays)
    .addOption(algorithmOption().default("p256"))
    .action((options: IntermediateOptions) => makeIntermediate(options, output));

  withCaKeyOptions(ca.command("issue"))
    .description("make a key and a certificate for one principal, in a new folder that is ready for use")
    .addArgument(new Argument("<kind>", "whom it stands for").choices(PRINCIPAL_KINDS))
    .argument("<name>", "name of the vertex (its node), user or service")
    .requiredOption("--out <dir>", "folder to make: key.pem, chain.pem, trust.pem")
    .option("--days <n>", "days until it ends (default: 365; of a user 90)", parseDays)
    .addOption(algorithmOption().default("p256"))
    .addOption(trustOption())
    .action((kind: PrincipalKind, name: string, options: IssueOptions) => issue(kind, name, options, output));

  addEnrollmentCommands(ca, output);
  addRevocationCommands(ca, output);
  addListCommand(ca, output);
  addTokenCommand(ca, output);

  withCaKeyOptions(ca.command("seal"))
    .description("seal the CA's key with a passphrase; or with another one, when it is sealed already")
    .addOption(passphraseOption("--passphrase-file", "what it is sealed with from now on (default: it is asked for)"))
    .action((options: SealOptions) => seal(options, output));
}

async function initCa(options: InitOptions, output: Output): Promise<void> {
  const { cluster, out, days, algorithm, seal, caPassphraseFile } = options;
  const isSealed = seal === true || caPassphraseFile !== undefined;
  const { authority } = createCa(out, {
    cluster,
    algorithm,
    ...(days === undefined ? {} : { days }),
    ...(isSealed ? { passphrase: await readCaPassphrase(caPassphraseFile, true) } : {}),
  });
  const fields = [
    ["cluster", authority.cluster],
    ["folder", out],
    ["valid", `${authority.notBefore.toISOString()} to ${authority.notAfter.toISOString()}`],
    ["fingerprint", `sha256:${authority.fingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  const what = isSealed ? `${out}/ca-key.pem and its passphrase` : `${out}/ca-key.pem`;
  output.err(`Whoever holds ${what} can become anyone in the cluster. Keep it offline, and keep a copy.`);
}

async function makeIntermediate(
  { out, days, algorithm, ...options }: IntermediateOptions,
  output: Output,
): Promise<void> {
  const root = await openCaFolder(options);
  const { authority } = root.makeIntermediate(out, { algorithm, ...(days === undefined ? {} : { days }) });
  const fields = [
    ["cluster", authority.cluster],
    ["folder", out],
    ["valid", `${authority.notBefore.toISOString()} to ${authority.notAfter.toISOString()}`],
    ["fingerprint", `sha256:${authority.fingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  output.err(
    `Whoever holds ${out}/ca-key.pem can become anyone in the cluster, until the root revokes this CA: flor ca list shows its serial number.`,
  );
}

async function issue(kind: PrincipalKind, name: string, options: IssueOptions, output: Output): Promise<void> {
  const { out, days, algorithm, trust } = options;
  const otherRoots = trust.map(readRootsFile);
  const ca = await openCaFolder(options);
  const request = { kind, name, algorithm, otherRoots, ...(days === undefined ? {} : { days }) };
  const identity = ca.issueInto(out, request);
  const fields = [
    ["principal", formatPrincipal(identity.principal)],
    ["folder", out],
    ["valid", `${identity.notBefore.toISOString()} to ${identity.notAfter.toISOString()}`],
    ["serial", identity.serial],
    ["fingerprint", `sha256:${identity.fingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  if (identity.isShortened) output.err("It ends before the days asked for, together with its CA.");
}

async function seal(options: SealOptions, output: Output): Promise<void> {
  const ca = await openCaFolder(options);
  const { passphraseFile: file } = options;
  const passphrase = await readPassphrase({ what: "the CA", file, option: "--passphrase-file", isNew: true });
  sealCa(ca, passphrase);
  output.out(`${ca.folder}/ca-key.pem is sealed`);
  output.err("Copies of the folder that were made before hold the key as it was: replace them.");
}
