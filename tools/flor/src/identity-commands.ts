import { resolve } from "node:path";
import { formatPrincipal, IdentityError, PRINCIPAL_KINDS, type PrincipalKind } from "@florenetes/identity";
import {
  type Bundle,
  type Installation,
  installBundle,
  type KeyAlgorithm,
  openBundle,
  parseFingerprint,
  readBundleFile,
  renewIdentity,
  requestIdentity,
  trustedRoots,
  type WrittenRequest,
} from "@florenetes/identity/authority";
import { Argument, type Command } from "commander";
import { algorithmOption } from "./algorithm-option.ts";
import { addConfirmListsCommand } from "./confirm-lists-command.ts";
import { expectOption, readExpectation } from "./expect-option.ts";
import { addJudgeCommand } from "./judge-command.ts";
import type { Output } from "./output.ts";
import { passphraseOption, readPassphrase } from "./passphrase.ts";
import { askYes, processTerminal, requireTerminal } from "./terminal.ts";
import { unitFolderAdvice } from "./units/root-folder.ts";
import { formatFields } from "@florenetes/operator-text";

interface RequestCommandOptions {
  readonly cluster: string;
  readonly out: string;
  readonly algorithm?: KeyAlgorithm;
  readonly replace?: true;
}

interface RenewCommandOptions {
  readonly keepKey?: true;
  readonly algorithm?: KeyAlgorithm;
  readonly replace?: true;
}

interface InstallCommandOptions {
  readonly into: string;
  readonly caFingerprint?: string;
  readonly expect?: string;
  readonly passphraseFile?: string;
}

/** `flor identity …`: the commands for a node, which has no CA. */
export function addIdentityCommands(program: Command, output: Output, finish: (exitCode: number) => void): void {
  const identity = program
    .command("identity")
    .description("on a node: ask for a certificate, install what the CA answers, renew what is there, judge a chain")
    .helpCommand(false);

  identity
    .command("request")
    .description("make a key, which stays in the folder, and a request for its certificate, which goes to the CA")
    .addArgument(new Argument("<kind>", "whom it will stand for").choices(PRINCIPAL_KINDS))
    .argument("<name>", "name of the vertex (its node), user or service")
    .requiredOption("--cluster <name>", "the cluster")
    .requiredOption("--out <dir>", "folder of the identity, in which it will be installed, too")
    .addOption(algorithmOption().default("p256"))
    .option("--replace", "give up a request that is pending in the folder")
    .action((kind: PrincipalKind, name: string, options: RequestCommandOptions) => {
      const { cluster, out, algorithm, replace } = options;
      const wish = { ...(algorithm && { algorithm }), isReplacing: replace === true };
      reportRequest(requestIdentity(out, { cluster, kind, name }, wish), out, output);
    });

  identity
    .command("renew")
    .description("make a new key and a request for the next certificate of an identity; what is in use stays in use")
    .argument("<dir>", "folder of the identity")
    .option("--keep-key", "ask for a certificate of the key that is in use")
    .addOption(algorithmOption().conflicts("keepKey"))
    .option("--replace", "give up a request that is pending in the folder")
    .action((folder: string, { keepKey, algorithm, replace }: RenewCommandOptions) => {
      const wish = { ...(algorithm && { algorithm }), isReplacing: replace === true, isKeepingKey: keepKey === true };
      reportRequest(renewIdentity(folder, wish), folder, output);
    });

  identity
    .command("keep")
    .description(
      "renew by an issuer what has come to two thirds of its life, and have its process use it; made for a timer",
    )
    .requiredOption("-c, --config <file>", "the config file (YAML): the issuer, and the identities")
    .action(async ({ config }: { readonly config: string }) => {
      const { keepByConfig } = await import("./renewal/keep-command.ts");
      finish(await keepByConfig(config, output));
    });

  identity
    .command("follow")
    .description("run until SIGTERM: have the issuer's revocation lists in the identity folders within seconds")
    .requiredOption("-c, --config <file>", "the config file (YAML): the one of `keep`")
    .action(async ({ config }: { readonly config: string }) => {
      const { followByConfig } = await import("./renewal/follow-command.ts");
      await followByConfig(config);
    });

  identity
    .command("enroll")
    .description("on a new node: get the first certificate from the issuer with a token, and put it into a folder")
    .argument("<token>", "of `flor ca token`, or a file that has it: other users of a machine see arguments")
    .requiredOption("--into <dir>", "folder of the identity")
    .action(async (token: string, { into }: { readonly into: string }) => {
      const { enroll } = await import("./renewal/enroll-command.ts");
      await enroll(token, into, output);
      adviseOwner(into, output);
    });

  identity
    .command("install")
    .description("check a bundle of the CA, and put what it brings into the folder, all of it or nothing")
    .argument("<bundle>", "the file that `flor ca sign` or `flor ca invite` made")
    .requiredOption("--into <dir>", "folder of the identity: the one of the request; with an invitation any")
    .option("--ca-fingerprint <sha256:…>", "of the CA, for a first install (default: it is shown, and asked about)")
    .addOption(expectOption("refuse a bundle for anybody else"))
    .addOption(passphraseOption("--passphrase-file", "a sealed bundle (default: it is asked for)"))
    .action((bundle: string, options: InstallCommandOptions) => install(bundle, options, output));

  addConfirmListsCommand(identity, output);
  addJudgeCommand(identity, output, finish);
}

function reportRequest({ principal, file, keyFingerprint }: WrittenRequest, folder: string, output: Output): void {
  const fields = [
    ["principal", formatPrincipal(principal)],
    ["request", file],
    ["for the key", `sha256:${keyFingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  output.err(`The key stays here. Bring ${file} to the CA:
  $ flor ca sign request.pem --ca <ca> --out answer.bundle
and what it answers back to this node:
  $ flor identity install answer.bundle --into ${folder}
flor ca sign shows the key's fingerprint: it has to be the one above.`);
  adviseOwner(folder, output);
}

function adviseOwner(folder: string, output: Output): void {
  const advice = unitFolderAdvice(resolve(folder));
  if (advice !== undefined) output.err(advice);
}

async function install(file: string, options: InstallCommandOptions, output: Output): Promise<void> {
  const { into, caFingerprint, expect } = options;
  const given = caFingerprint === undefined ? undefined : parseFingerprint(caFingerprint);
  const expected = expect === undefined ? {} : readExpectation(expect);
  const bundle = await open(file, options, output);
  const confirmed = given ?? (await confirmFirst(bundle, into));
  const wish = { expected, ...(confirmed === undefined ? {} : { caFingerprint: confirmed }) };
  reportInstallation(
    inBundle(file, () => installBundle(bundle, into, wish)),
    into,
    output,
  );
}

/** Adds the bundle's file to an error that names no file of the folder: such an error is about the bundle. */
function inBundle<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof IdentityError) || error.where !== undefined) throw error;
    throw error.in(file);
  }
}

async function open(file: string, { passphraseFile }: InstallCommandOptions, output: Output): Promise<Bundle> {
  const read = readBundleFile(file);
  if (read.isSealed) {
    const request = { what: "the bundle", file: passphraseFile, option: "--passphrase-file", isNew: false } as const;
    return openBundle(read, await readPassphrase(request));
  }
  const bundle = openBundle(read);
  if (bundle.privateKey !== undefined) {
    output.err(
      "The bundle is not sealed: whoever has seen it on its way has the private key, too. If that may be anybody, have it revoked, and enroll anew.",
    );
  }
  return bundle;
}

/** A bundle cannot vouch for its own CA: if no root is trusted yet, the operator has to know the CA. */
async function confirmFirst(bundle: Bundle, folder: string): Promise<string | undefined> {
  if (trustedRoots(folder) !== undefined) return undefined;
  requireTerminal(processTerminal, "give the CA's fingerprint with --ca-fingerprint");
  const question = `The bundle for ${formatPrincipal(bundle.principal)} is signed by the CA
  sha256:${bundle.signer}
Is this the fingerprint that the operator of the CA told you?`;
  await askYes(question, processTerminal);
  return bundle.signer;
}

function reportInstallation(
  { credentials, isFirst, isFormerRevoked, addedRoots, droppedRoots, lists }: Installation,
  folder: string,
  output: Output,
): void {
  const { principal, notBefore, notAfter, fingerprint } = credentials;
  const fields = [
    ["principal", formatPrincipal(principal)],
    ["folder", folder],
    ["valid", `${notBefore.toISOString()} to ${notAfter.toISOString()}`],
    ["fingerprint", `sha256:${fingerprint}`],
    ...lists.map(({ issuerName, number }) => ["revocation", `list ${number} of ${issuerName}`] as const),
  ] as const;
  output.out(formatFields(fields));
  for (const root of addedRoots) {
    output.err(
      `The root sha256:${root} is trusted from now on: by the word of a CA that was trusted already, or yours.`,
    );
  }
  for (const root of droppedRoots) {
    output.err(`The root sha256:${root} is not trusted any more: peers whose certificates it issued will be refused.`);
  }
  const process = principal.kind === "vertex" ? "link-flor" : "cluster-flor";
  if (isFormerRevoked) {
    output.err(
      `The certificate that was there is revoked, and the list is in force within a second: what ${process} has opened with it ends, and nothing new is opened before the next step.`,
    );
  }
  output.err(
    isFirst
      ? `Next: name the folder in the config of ${process}, which has to run as its owner, and start it.`
      : `Next: kill -HUP <pid of ${process}>, which takes it into use${isFormerRevoked ? "" : " and drops nothing"}.`,
  );
  adviseOwner(folder, output);
}
