/** Finds the certificates to revoke. */
import { quote } from "../../foreign-text.ts";
import { IdentityError } from "../../errors.ts";
import { ENDED_SHOWN_MS, SERIAL_OCTETS_MAX } from "../../limits.ts";
import { formatPrincipal, formatShortPrincipal, type Principal } from "../../principal.ts";
import type { AuthorityRecord, RecordedCertificate, RecordedRevocation } from "./record.ts";

/** All certificates of a principal that have not ended; where there are none, those that an issuer may still be shown. Or the one of a serial number. */
export type RevocationTarget =
  | { readonly principal: Principal }
  | {
      /** The serial number as `parseSerial` gives it. */
      readonly serial: string;
      /** True: the certificate may be missing in the record, since another tool or an intermediate CA may have issued it. */
      readonly mayBeUnrecorded?: boolean;
    };

/** A certificate that is to be revoked, or was. */
export interface RevokedCertificate {
  readonly serial: string;
  /** The record's entry, if it was ever recorded as issued. */
  readonly certificate: RecordedCertificate | undefined;
  /** The earlier revocation; undefined when the certificate was not revoked before. */
  readonly earlier: RecordedRevocation | undefined;
}

/** Finds the certificates of targets, each once. Throws ERR_IDENTITY_NOT_ISSUED for a target that matches none. */
export function findCertificates(
  record: AuthorityRecord,
  targets: readonly RevocationTarget[],
  at: Date,
): RevokedCertificate[] {
  const serials = new Set(targets.flatMap((target) => serialsOf(record, target, at)));
  return [...serials].map((serial) => ({
    serial,
    certificate: record.certificates.get(serial),
    earlier: record.revocations.get(serial),
  }));
}

function serialsOf(record: AuthorityRecord, target: RevocationTarget, at: Date): string[] {
  if ("serial" in target) {
    const { serial, mayBeUnrecorded } = target;
    if (mayBeUnrecorded === true || record.isTaken(serial)) return [serial];
    throw new IdentityError("ERR_IDENTITY_NOT_ISSUED", `the record knows no certificate with serial ${serial}`);
  }
  const issued = record.certificatesOf(formatPrincipal(target.principal));
  const valid = issued.filter(({ notAfter }) => notAfter >= at);
  if (valid.length > 0) return valid.map(({ serial }) => serial);
  const shown = issued.filter(({ notAfter }) => notAfter.getTime() + ENDED_SHOWN_MS >= at.getTime());
  if (shown.length > 0) return shown.map(({ serial }) => serial);
  const name = formatShortPrincipal(target.principal);
  const last = issued.at(-1);
  const message =
    last === undefined
      ? `no certificate was ever issued for ${name}`
      : `no certificate of ${name} is valid any more: the last one ended at ${last.notAfter.toISOString()}`;
  throw new IdentityError("ERR_IDENTITY_NOT_ISSUED", message);
}

/**
 * A serial number as people and other tools write it (hex in either case, with colons, `0x` or leading zeros), in the form
 * that the record has. Throws ERR_IDENTITY_SERIAL.
 */
export function parseSerial(text: string): string {
  const digits = /^(?:0x)?([0-9a-f]+(?::[0-9a-f]+)*)$/i.exec(text)?.[1]?.replaceAll(":", "").replace(/^0+/, "");
  if (digits === undefined || digits === "" || digits.length > SERIAL_OCTETS_MAX * 2) {
    const message = `${quote(text)} is not a serial number in hex`;
    throw new IdentityError("ERR_IDENTITY_SERIAL", message);
  }
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return `${octets[0]! >= 0x80 ? "00" : ""}${octets.toString("hex")}`;
}
