import { join } from "node:path";
import {
  formatPrincipal,
  formatShortPrincipal,
  IdentityError,
  parsePrincipal,
  parseShortPrincipal,
} from "@florenetes/identity";
import {
  type AuthorityRecord,
  CA_FILES,
  type ListOptions,
  type MadeList,
  parseSerial,
  readCaStatus,
  REVOCATION_REASONS,
  type RevocationReason,
  type RevocationTarget,
  type RevokedCertificate,
  writeRevocationList,
} from "@florenetes/identity/authority";
import { suggest } from "@florenetes/config-file";
import { OperatorError, formatFields } from "@florenetes/operator-text";
import { type Command, Option } from "commander";
import { type CaKeyOptions, openCaFolder, withCaKeyOptions } from "./open-ca.ts";
import { parseDays } from "./days.ts";
import type { Output } from "./output.ts";
import { recordedName } from "./recorded-name.ts";

interface ListCommandOptions extends CaKeyOptions {
  readonly days?: number;
  readonly out?: string;
}

interface RevokeCommandOptions extends ListCommandOptions {
  readonly serial: readonly string[];
  readonly reason: RevocationReason;
  readonly unrecorded?: true;
}

/** `flor ca revoke` and `flor ca crl`. */
export function addRevocationCommands(ca: Command, output: Output): void {
  withListOptions(ca.command("revoke"))
    .summary("revoke a principal's certificates, or single ones, and make the next revocation list")
    .description(
      "revoke all certificates of a principal that have not ended, or single ones; makes the next revocation list at once, which then has to be brought to the nodes. An identity that is issued afterwards is not revoked",
    )
    .argument("[principal...]", "<kind>/<name>, as user/alice")
    .addOption(serialOption())
    .addOption(new Option("--reason <why>", "why").choices(REVOCATION_REASONS).default("unspecified"))
    .option("--unrecorded", "also take serial numbers that the CA's record does not know, of what other tools issued")
    .action((principals: readonly string[], options: RevokeCommandOptions, command: Command) =>
      revoke(principals, options, command, output),
    );

  withListOptions(ca.command("crl"))
    .summary("make the next revocation list, <ca>/crl.pem")
    .description(
      "make the next revocation list, <ca>/crl.pem: before the one in use ends, or for nodes that require one. Each is numbered, and replaces the one before",
    )
    .action((options: ListCommandOptions) => makeList(options, output));
}

function withListOptions(command: Command): Command {
  return withCaKeyOptions(command)
    .option("--days <n>", "days until the list ends (default: as many as the one before had, at first 30)", parseDays)
    .option("--out <file>", "write the list into this file, too");
}

async function revoke(
  principals: readonly string[],
  options: RevokeCommandOptions,
  command: Command,
  output: Output,
): Promise<void> {
  if (principals.length + options.serial.length === 0) {
    command.error("error: name at least one principal, or a serial number with --serial");
  }
  const ca = await openCaFolder(options);
  const targets = readTargets(principals, options, ca.authority.cluster);
  const { certificates, list } = withNearMatch(ca.folder, targets, () =>
    ca.revoke(targets, { reason: options.reason, ...listOptionsOf(options) }),
  );
  for (const certificate of certificates) output.out(formatRevoked(certificate));
  output.out("");
  reportList(list, options, output);
}

async function makeList(options: ListCommandOptions, output: Output): Promise<void> {
  const ca = await openCaFolder(options);
  reportList(ca.makeRevocationList(listOptionsOf(options)), options, output);
}

function listOptionsOf({ days }: ListCommandOptions): ListOptions {
  return days === undefined ? {} : { days };
}

function readTargets(
  principals: readonly string[],
  { serial, unrecorded }: RevokeCommandOptions,
  cluster: string,
): RevocationTarget[] {
  const readPrincipal = (text: string): RevocationTarget => ({
    principal: text.startsWith("spiffe://") ? parsePrincipal(text) : parseShortPrincipal(text, cluster),
  });
  const mayBeUnrecorded = unrecorded === true;
  return [...principals.map(readPrincipal), ...serial.map((text) => ({ serial: parseSerial(text), mayBeUnrecorded }))];
}

/** Adds the nearest known name to an error about a target that the record does not know: it was probably misspelt. */
function withNearMatch<Result>(folder: string, targets: readonly RevocationTarget[], action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code !== "ERR_IDENTITY_NOT_ISSUED") throw error;
    const { record } = readCaStatus(folder);
    const nearest = targets.map((target) => nearestOf(target, record)).find((advice) => advice !== undefined);
    throw nearest === undefined ? error : new OperatorError(error.code, error.message, { advice: nearest });
  }
}

/** Advice with the nearest name; undefined: the record knows the target. */
function nearestOf(target: RevocationTarget, record: AuthorityRecord): string | undefined {
  if ("serial" in target) {
    if (target.mayBeUnrecorded === true || record.isTaken(target.serial)) return undefined;
    const serials = [...record.certificates.keys()];
    const begun = serials.filter((serial) => serial.startsWith(target.serial));
    const advice = "`flor ca list` shows what there is; --unrecorded revokes it all the same.";
    return `${suggest(target.serial, begun.length === 1 ? begun : serials.slice(0, 0), "")} ${advice}`.trim();
  }
  if (record.certificatesOf(formatPrincipal(target.principal)).length > 0) return undefined;
  const known = new Set([...record.certificates.values()].map(recordedName));
  const ofThatName = [...known].filter((principal) => principal.endsWith(`/${target.principal.name}`));
  return suggest(
    formatShortPrincipal(target.principal),
    ofThatName.length > 0 ? ofThatName : [...known],
    "Nothing was issued yet.",
  );
}

function formatRevoked({ serial, certificate, earlier }: RevokedCertificate): string {
  const who = certificate === undefined ? "not in the record" : recordedName(certificate);
  const end = certificate === undefined ? "" : `  valid until ${certificate.notAfter.toISOString()}`;
  const before = earlier === undefined ? "" : `  (at ${earlier.at.toISOString()}, ${earlier.reason})`;
  return `${earlier === undefined ? "revoked" : "revoked already"}  ${who}  serial ${serial}${end}${before}`;
}

/** Reports a list, which is in the CA's folder already, and writes it to `out`. An error of that write comes last. */
function reportList(list: MadeList, { ca, out }: ListCommandOptions, output: Output): void {
  const file = join(ca, CA_FILES.revocationList);
  const fields = [
    ["list", `number ${list.number}, of ${list.entries} revoked certificates`],
    ["valid", `${list.thisUpdate.toISOString()} to ${list.nextUpdate.toISOString()}`],
    ["file", file],
  ] as const;
  output.out(formatFields(fields));
  if (out !== undefined) writeRevocationList(out, list);
  output.err(
    `Bring ${out ?? file} to every node, into each identity folder of the cluster, as crl.pem. It is in force a second after it is there. Nodes that follow an issuer get its own list by themselves, and others from its trust/crl.pem.`,
  );
}

function serialOption(): Option {
  return new Option("--serial <hex>", "serial number of one certificate; may be given several times")
    .default([], "none")
    .argParser((text: string, texts: readonly string[]) => [...texts, text]);
}
