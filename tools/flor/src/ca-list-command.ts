import {
  type CaStatus,
  readCaStatus,
  type RecordedCertificate,
  type RecordedRevocation,
} from "@florenetes/identity/authority";
import { parseDuration } from "@florenetes/config-file";
import { formatTable } from "@florenetes/process-kit";
import { type Command, InvalidArgumentError } from "commander";
import type { Output } from "./output.ts";
import { recordedName } from "./recorded-name.ts";
import { formatDuration, formatFields } from "@florenetes/operator-text";

interface ListOptions {
  readonly ca: string;
  readonly all?: true;
  /** The time within which listed certificates end, in milliseconds. */
  readonly expiring?: number;
  readonly revoked?: true;
  readonly json?: true;
}

/** A certificate of the record, or a revoked one that the record does not have. */
interface Row {
  readonly serial: string;
  readonly certificate: RecordedCertificate | undefined;
  readonly revocation: RecordedRevocation | undefined;
  /** Whether the principal has got a later certificate, which is not revoked. The record does not tell which one is in use. */
  readonly isFollowed: boolean;
}

/** `flor ca list`. */
export function addListCommand(ca: Command, output: Output): void {
  ca.command("list")
    .description("show the CA, the certificates that have not ended, what is revoked, and the newest revocation list")
    .requiredOption("--ca <dir>", "folder of the CA; its key is not needed")
    .option("--expiring <duration>", "only what ends within this time and is not revoked, as 30d", parseTime)
    .option("--revoked", "only what is revoked")
    .option("--all", "also what has ended")
    .option("--json", "for programs")
    .action((options: ListOptions) => {
      const at = new Date();
      const status = readCaStatus(options.ca);
      const rows = rowsOf(status).filter((row) => isWanted(row, options, at));
      output.out(options.json === true ? formatJson(status, rows) : formatList(status, rows, at));
      for (const warning of warningsOf(status, at)) output.err(warning);
    });
}

function parseTime(text: string): number {
  const time = parseDuration(text);
  if (time !== undefined) return time;
  throw new InvalidArgumentError("A time is needed, as 30d or 12h.");
}

/** The rows in the order of the certificates' ends. Certificates without a known end come last. */
function rowsOf({ record: { certificates, revocations } }: CaStatus): Row[] {
  const serials = new Set([...certificates.keys(), ...revocations.keys()]);
  // The record is in order, so that the newest certificate of a principal stays in the map.
  const good = [...certificates.values()].filter(({ serial }) => !revocations.has(serial));
  const newest = new Map(good.map(({ principal, serial }) => [principal, serial]));
  const isFollowed = (certificate: RecordedCertificate | undefined): boolean =>
    certificate !== undefined && newest.get(certificate.principal) !== certificate.serial;
  const rows = [...serials].map((serial) => ({
    serial,
    certificate: certificates.get(serial),
    revocation: revocations.get(serial),
    isFollowed: isFollowed(certificates.get(serial)),
  }));
  const endOf = ({ certificate }: Row): number => certificate?.notAfter.getTime() ?? Number.MAX_SAFE_INTEGER;
  return rows.toSorted((a, b) => endOf(a) - endOf(b));
}

function isWanted({ certificate, revocation }: Row, { all, expiring, revoked }: ListOptions, at: Date): boolean {
  const left = certificate === undefined ? Infinity : certificate.notAfter.getTime() - at.getTime();
  if (revoked === true && revocation === undefined) return false;
  if (expiring !== undefined && (revocation !== undefined || left > expiring)) return false;
  return all === true || left >= 0;
}

function formatList(status: CaStatus, rows: readonly Row[], at: Date): string {
  const { cluster, notAfter, fingerprint, key, record } = status;
  const newest = record.lists.at(-1);
  const list =
    newest === undefined
      ? "none was made yet"
      : `number ${newest.number} of ${formatTime(newest.at)}, ${newest.entries} revoked, ${formatEnd(newest.nextUpdate, at)}`;
  const fields = [
    ["CA of", cluster],
    ["ends", formatEnd(notAfter, at)],
    ["fingerprint", `sha256:${fingerprint}`],
    ["key", { plain: "not sealed", sealed: "sealed with a passphrase", missing: "not in this folder" }[key]],
    ["issued", `${record.certificates.size} certificates`],
    ["revoked", `${record.revocations.size} certificates`],
    ["list", list],
  ] as const;
  const header = ["principal", "serial", "ends", "state"];
  const cells = rows.map((row) => formatRow(row, status, at));
  const table = formatTable(`certificates: ${rows.length}`, header, cells);
  return `${formatFields(fields)}\n\n${table === "" ? "no certificates of that kind" : table.trimEnd()}`;
}

function formatRow({ serial, certificate, revocation, isFollowed }: Row, { record }: CaStatus, at: Date): string[] {
  const who = certificate === undefined ? "(not in the record)" : recordedName(certificate);
  const end = certificate === undefined ? "-" : formatEnd(certificate.notAfter, at);
  if (revocation === undefined) return [who, serial, end, isFollowed ? "good; a newer one was issued" : "good"];
  const when = `revoked ${formatTime(revocation.at)}, ${revocation.reason}`;
  return [who, serial, end, record.unlisted.has(serial) ? `${when}; on no list yet` : when];
}

function formatEnd(end: Date, at: Date): string {
  const left = end.getTime() - at.getTime();
  const when = left >= 0 ? `in ${formatDuration(left)}` : `${formatDuration(-left)} ago`;
  return `${formatTime(end)} (${when})`;
}

function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** Warnings about states in which an operator has to act. */
function warningsOf({ record, isListThere }: CaStatus, at: Date): string[] {
  const warnings: string[] = [];
  const newest = record.lists.at(-1);
  if (record.unlisted.size > 0) {
    warnings.push("Some of what is revoked is on no list yet: make one with `flor ca crl`.");
  } else if (newest !== undefined && !isListThere) {
    warnings.push(`crl.pem is not list ${newest.number}, the newest one: make the next with \`flor ca crl\`.`);
  }
  if (newest !== undefined && newest.nextUpdate < at) {
    warnings.push("The newest list has ended: make the next with `flor ca crl`, and bring it to the nodes.");
  }
  return warnings;
}

function formatJson(
  { cluster, notBefore, notAfter, fingerprint, key, record }: CaStatus,
  rows: readonly Row[],
): string {
  const certificates = rows.map(({ serial, certificate, revocation }) => ({
    serial,
    principal: certificate?.principal ?? null,
    issued: certificate?.at ?? null,
    notBefore: certificate?.notBefore ?? null,
    notAfter: certificate?.notAfter ?? null,
    fingerprint: certificate?.fingerprint ?? null,
    revoked:
      revocation === undefined
        ? null
        : { at: revocation.at, reason: revocation.reason, isListed: !record.unlisted.has(serial) },
  }));
  const lists = record.lists.map(({ number, at, nextUpdate, entries, fingerprint }) => ({
    number,
    at,
    nextUpdate,
    entries,
    fingerprint,
  }));
  const ca = { cluster, notBefore, notAfter, fingerprint, key };
  return JSON.stringify({ ca, certificates, lists }, undefined, 2);
}
