import { checkExpectation, formatPrincipal, PRINCIPAL_KINDS, type PrincipalKind } from "@florenetes/identity";
import {
  answerRequest,
  type BundleOptions,
  type CertificateAuthority,
  type IssuedBundle,
  type KeyAlgorithm,
  makeInvitation,
  readRequestFile,
  readRootsFile,
  requireFreeFile,
  writeBundleFile,
} from "@florenetes/identity/authority";
import { Argument, type Command, Option } from "commander";
import { algorithmOption } from "./algorithm-option.ts";
import { parseDays } from "./days.ts";
import { expectOption, readExpectation } from "./expect-option.ts";
import { type CaKeyOptions, openCaFolder, withCaKeyOptions } from "./open-ca.ts";
import type { Output } from "./output.ts";
import { passphraseOption, readPassphrase } from "./passphrase.ts";
import { askYes, processTerminal, requireTerminal } from "./terminal.ts";
import { trustOption } from "./trust-option.ts";
import { formatFields } from "@florenetes/operator-text";

interface BundleCommandOptions extends CaKeyOptions {
  readonly out: string;
  readonly days?: number;
  readonly bundleDays?: number;
  readonly trust: readonly string[];
}

interface SignOptions extends BundleCommandOptions {
  readonly expect?: string;
}

interface InviteOptions extends BundleCommandOptions {
  readonly algorithm: KeyAlgorithm;
  readonly passphraseFile?: string;
  readonly unsealed?: true;
}

/** `flor ca sign` and `flor ca invite`. */
export function addEnrollmentCommands(ca: Command, output: Output): void {
  withBundleOptions(ca.command("sign"), 30)
    .description(
      "certify the key of a request that `flor identity request` or `renew` made on its node, and answer with a bundle",
    )
    .argument("<request>", "the request's file, as request.pem")
    .addOption(expectOption("sign for this principal and no other, without asking"))
    .action((request: string, options: SignOptions) => sign(request, options, output));

  withBundleOptions(ca.command("invite"), 7)
    .description("make a key and a certificate for one principal, in a bundle that is sealed with a passphrase")
    .addArgument(new Argument("<kind>", "whom it stands for").choices(PRINCIPAL_KINDS))
    .argument("<name>", "name of the vertex (its node), user or service")
    .addOption(algorithmOption().default("p256"))
    .addOption(passphraseOption("--passphrase-file", "the bundle (default: it is asked for)"))
    .addOption(
      new Option("--unsealed", "no passphrase: whoever gets hold of the bundle has the key").conflicts(
        "passphraseFile",
      ),
    )
    .action((kind: PrincipalKind, name: string, options: InviteOptions) => invite(kind, name, options, output));
}

function withBundleOptions(command: Command, bundleDays: number): Command {
  return withCaKeyOptions(command)
    .requiredOption("--out <file>", "the bundle to write; it must not exist yet")
    .option("--days <n>", "days until the certificate ends (default: 365; of a user 90)", parseDays)
    .option("--bundle-days <n>", `days in which the bundle may be installed (default: ${bundleDays})`, parseDays)
    .addOption(trustOption());
}

async function sign(file: string, options: SignOptions, output: Output): Promise<void> {
  requireFreeFile(options.out);
  const request = readRequestFile(file);
  const { principal, keyAlgorithm, keyFingerprint } = request;
  const fields = [
    ["request of", formatPrincipal(principal)],
    ["for the key", `sha256:${keyFingerprint} (${keyAlgorithm})`],
  ] as const;
  output.out(formatFields(fields));
  if (options.expect !== undefined) checkExpectation(principal, readExpectation(options.expect));
  const ca = await openCaFolder(options);
  checkExpectation(principal, { cluster: ca.authority.cluster });
  if (options.expect === undefined) await confirmRequest();
  const bundle = answerRequest(ca, request, optionsOf(options));
  writeBundleFile(options.out, bundle.octets);
  report(bundle, ca, options, output);
}

/** Asks whether the request is the right one: somebody who swaps it on its way would get a certificate for a key of their own. */
async function confirmRequest(): Promise<void> {
  requireTerminal(processTerminal, "say with --expect whom the request should be of, as --expect vertex/a");
  await askYes("Is this the key that the node printed, and should it be certified?", processTerminal);
}

async function invite(kind: PrincipalKind, name: string, options: InviteOptions, output: Output): Promise<void> {
  requireFreeFile(options.out);
  const ca = await openCaFolder(options);
  const { passphraseFile: file, algorithm } = options;
  const request = { what: "the bundle", file, option: "--passphrase-file", isNew: true } as const;
  const passphrase = options.unsealed === true ? undefined : await readPassphrase(request);
  const bundle = makeInvitation(ca, { kind, name, algorithm }, optionsOf(options));
  writeBundleFile(options.out, bundle.octets, passphrase);
  report(bundle, ca, options, output);
  output.err(
    passphrase === undefined
      ? `${options.out} is not sealed: whoever reads it, on any disk or way, has the private key and is ${kind}/${name} to everybody.`
      : `Give the passphrase to the one who installs ${options.out}, by another way than the bundle.`,
  );
}

function optionsOf({ days, bundleDays, trust }: BundleCommandOptions): BundleOptions {
  return {
    ...(days === undefined ? {} : { days }),
    ...(bundleDays === undefined ? {} : { bundleDays }),
    otherRoots: trust.map(readRootsFile),
  };
}

function report(
  { certificate, expiresAt }: IssuedBundle,
  { authority }: CertificateAuthority,
  { out }: BundleCommandOptions,
  output: Output,
): void {
  const fields = [
    ["principal", formatPrincipal(certificate.principal)],
    ["valid", `${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`],
    ["serial", certificate.serial],
    ["fingerprint", `sha256:${certificate.fingerprint}`],
    ["bundle", `${out}, to be installed until ${expiresAt.toISOString()}`],
    ["CA", `sha256:${authority.fingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  if (certificate.isShortened) output.err("It ends before the days asked for, together with its CA.");
  output.err(
    "A first install on a node asks for the CA's fingerprint: give it to the one who installs, by another way than the bundle.",
  );
}
