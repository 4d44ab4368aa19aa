import {
  createCa,
  formatPrincipal,
  type KeyAlgorithm,
  openCa,
  PRINCIPAL_KINDS,
  type PrincipalKind,
} from "@florenetes/identity";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { formatFields, type Output } from "./output.ts";

interface InitOptions {
  readonly cluster: string;
  readonly out: string;
  readonly days?: number;
  readonly algorithm: KeyAlgorithm;
}

interface IssueOptions {
  readonly ca: string;
  readonly out: string;
  readonly days?: number;
  readonly algorithm: KeyAlgorithm;
}

/** `flor ca init` and `flor ca issue`. */
export function addCaCommands(program: Command, output: Output): void {
  const ca = program.command("ca").description("make a cluster's CA, and issue identities with it").helpCommand(false);

  ca.command("init")
    .description("make the CA of a new cluster: its root certificate, and the key that never leaves the folder")
    .requiredOption("--cluster <name>", "name of the cluster: a-z, 0-9, '-', '.' and '_', at most 63 characters")
    .requiredOption("--out <dir>", "folder to make; it must not exist yet, or be empty")
    .option("--days <n>", "days until the root ends (default: 3650)", parseDays)
    .addOption(algorithmOption())
    .action((options: InitOptions) => initCa(options, output));

  ca.command("issue")
    .description("make a key and a certificate for one principal, in a new folder that is ready for use")
    .addArgument(new Argument("<kind>", "whom it stands for").choices(PRINCIPAL_KINDS))
    .argument("<name>", "name of the vertex (its node), user or service")
    .requiredOption("--ca <dir>", "folder of the CA")
    .requiredOption("--out <dir>", "folder to make: key.pem, chain.pem, trust.pem")
    .option("--days <n>", "days until it ends (default: 365; of a user 90)", parseDays)
    .addOption(algorithmOption())
    .action((kind: PrincipalKind, name: string, options: IssueOptions) => issue(kind, name, options, output));
}

function initCa({ cluster, out, days, algorithm }: InitOptions, output: Output): void {
  const { authority } = createCa(out, { cluster, algorithm, ...(days === undefined ? {} : { days }) });
  const fields = [
    ["cluster", authority.cluster],
    ["folder", out],
    ["valid", `${authority.notBefore.toISOString()} to ${authority.notAfter.toISOString()}`],
    ["fingerprint", `sha256:${authority.fingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  output.err(`Whoever holds ${out}/ca-key.pem can become anyone in the cluster. Keep it offline, and keep a copy.`);
}

function issue(kind: PrincipalKind, name: string, options: IssueOptions, output: Output): void {
  const { ca, out, days, algorithm } = options;
  const request = { kind, name, algorithm, ...(days === undefined ? {} : { days }) };
  const identity = openCa(ca).issueInto(out, request);
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

function algorithmOption(): Option {
  return new Option("--algorithm <name>", "algorithm of the key").choices(["p256", "ed25519"]).default("p256");
}

function parseDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is needed.");
}
