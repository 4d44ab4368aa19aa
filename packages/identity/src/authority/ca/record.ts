/**
 * The record of a CA: everything that it issued, revoked and listed, as lines of JSON that are only ever appended.
 *
 *     {"kind":"issued","at":…,"principal":…,"serial":…,"notBefore":…,"notAfter":…,"fingerprint":…,"keyHash":…}
 *     {"kind":"revoked","at":…,"serial":…,"reason":…}
 *     {"kind":"list","at":…,"number":…,"nextUpdate":…,"days":…,"entries":…,"fingerprint":…}
 */
import type { CertificateId } from "../../certificates/certificate-id.ts";
import { IdentityError } from "../../errors.ts";
import { parseClusterUri, parsePrincipal } from "../../principal.ts";
import type { CertifyRequest } from "./authority.ts";

/** Why a certificate is revoked: the reasons of RFC 5280, 5.3.1, that make sense for a leaf that stays revoked. */
export const REVOCATION_REASONS = [
  "unspecified",
  "key-compromise",
  "affiliation-changed",
  "superseded",
  "cessation-of-operation",
  "privilege-withdrawn",
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface RecordedCertificate {
  readonly at: Date;
  /** The SPIFFE ID; that of the cluster alone for an intermediate CA. */
  readonly principal: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate in DER, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo, lower-case hex; undefined in lines of an earlier version. */
  readonly keyHash?: string | undefined;
  /** Undefined: it was not issued for one that was shown. */
  readonly renewal?: RecordedRenewal | undefined;
  /** The id of the token for which it was issued; undefined: for none. */
  readonly token?: string | undefined;
}

/** The certificates before one that was renewed. */
interface RecordedRenewal {
  /** The one of another CA from which it came, by one renewal or many. */
  readonly origin: CertificateId;
  /** The key of the one that was shown, in the form of `keyHash`. */
  readonly shownKeyHash: string;
  /** The one that was shown had ended. */
  readonly hadEnded?: boolean;
}

/** A key to certify in the place of a certificate that was shown, or for a token. */
export interface IssuingDecision {
  readonly request: CertifyRequest;
  readonly grounds: Pick<RecordedCertificate, "renewal" | "token">;
}

export interface RecordedRevocation {
  readonly at: Date;
  readonly serial: string;
  readonly reason: RevocationReason;
}

/** A revocation list that was made. */
export interface RecordedList {
  readonly at: Date;
  readonly number: number;
  readonly nextUpdate: Date;
  /** The number of days for which it was made. */
  readonly days: number;
  readonly entries: number;
  /** SHA-256 of the list in DER, lower-case hex. */
  readonly fingerprint: string;
}

export type RecordEntry =
  | ({ readonly kind: "issued" } & RecordedCertificate)
  | ({ readonly kind: "revoked" } & RecordedRevocation)
  | ({ readonly kind: "list" } & RecordedList);

/**
 * Ends a line that a crash cut off. Readers skip such a line, as nothing was handed out for it. A broken line without
 * this mark is damage, and might have been a revocation.
 */
export const CUT_MARK = "#cut";

/** The content of the record, built by adding line after line. */
export class AuthorityRecord {
  /** The certificates by serial number, in the order in which they were issued. */
  readonly certificates: Map<string, RecordedCertificate> = new Map();
  /** The revocations by serial number; also those of certificates that the record does not know. */
  readonly revocations: Map<string, RecordedRevocation> = new Map();
  readonly lists: RecordedList[] = [];
  /** Serial numbers that were revoked after the newest list was made. */
  readonly unlisted: Set<string> = new Set();
  /** The principal of each key that the record knows, by the key's hash: the first one that had it. */
  readonly keyHolders: Map<string, string> = new Map();
  /** When a certificate of a principal was last revoked. */
  readonly revokedAt: Map<string, Date> = new Map();
  /** The key for which each token was used, by the token's id. */
  readonly tokenKeys: Map<string, string | undefined> = new Map();
  /** The certificates by principal, in the order in which they were issued. */
  readonly #byPrincipal = new Map<string, RecordedCertificate[]>();
  #lines = 0;

  /** Takes the next line, without its end. Throws ERR_IDENTITY_RECORD_BROKEN. */
  addLine(line: string): void {
    this.#lines++;
    if (line === "" || line.endsWith(CUT_MARK)) return;
    const entry = readEntry(line);
    if (entry === undefined) {
      const message = `line ${this.#lines} is damaged, or was written by a later version of this program`;
      throw new IdentityError("ERR_IDENTITY_RECORD_BROKEN", message);
    }
    this.#add(entry);
  }

  /** Says whether a certificate of this serial number was ever issued or revoked. */
  isTaken(serial: string): boolean {
    return this.certificates.has(serial) || this.revocations.has(serial);
  }

  /** Returns the certificates of a SPIFFE ID, in the order in which they were issued. */
  certificatesOf(principal: string): readonly RecordedCertificate[] {
    return this.#byPrincipal.get(principal) ?? [];
  }

  #add(entry: RecordEntry): void {
    switch (entry.kind) {
      case "issued":
        this.certificates.set(entry.serial, entry);
        this.#addToPrincipal(entry);
        this.#holdKey(entry.keyHash, entry.principal);
        this.#holdKey(entry.renewal?.shownKeyHash, entry.principal);
        if (entry.token !== undefined) this.tokenKeys.set(entry.token, entry.keyHash);
        return;
      case "revoked":
        // The first revocation counts: a certificate is revoked once.
        if (this.revocations.has(entry.serial)) return;
        this.revocations.set(entry.serial, entry);
        this.unlisted.add(entry.serial);
        this.#noteRevoked(this.certificates.get(entry.serial)?.principal, entry.at);
        return;
      case "list":
        this.lists.push(entry);
        this.unlisted.clear();
    }
  }

  #addToPrincipal(certificate: RecordedCertificate): void {
    const before = this.#byPrincipal.get(certificate.principal);
    if (before === undefined) this.#byPrincipal.set(certificate.principal, [certificate]);
    else before.push(certificate);
  }

  #holdKey(keyHash: string | undefined, principal: string): void {
    if (keyHash !== undefined && !this.keyHolders.has(keyHash)) this.keyHolders.set(keyHash, principal);
  }

  #noteRevoked(principal: string | undefined, at: Date): void {
    if (principal === undefined) return;
    const before = this.revokedAt.get(principal);
    if (before === undefined || before < at) this.revokedAt.set(principal, at);
  }
}

/** An entry as a line, without its end. */
export function formatEntry(entry: RecordEntry): string {
  return JSON.stringify(entry);
}

/** Undefined when the line is no entry. Lines of an earlier version have no kind, and tell of issued certificates. */
function readEntry(line: string): RecordEntry | undefined {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = Object(JSON.parse(line)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const at = readTime(fields["at"]);
  if (at === undefined) return undefined;
  switch (fields["kind"]) {
    case undefined:
    case "issued":
      return readIssued(fields, at);
    case "revoked":
      return readRevoked(fields, at);
    case "list":
      return readList(fields, at);
    default:
      return undefined;
  }
}

function readIssued(fields: Readonly<Record<string, unknown>>, at: Date): RecordEntry | undefined {
  const { principal, serial, fingerprint, keyHash, token } = fields;
  const notBefore = readTime(fields["notBefore"]);
  const notAfter = readTime(fields["notAfter"]);
  if (!isPrincipalUri(principal) || !isHex(serial) || !isHex(fingerprint)) return undefined;
  if (notBefore === undefined || notAfter === undefined) return undefined;
  if ((keyHash !== undefined && !isHex(keyHash)) || (token !== undefined && !isHex(token))) return undefined;
  const times = { at, notBefore, notAfter };
  const certificate = { kind: "issued", ...times, principal, serial, fingerprint, keyHash, token } as const;
  if (fields["renewal"] === undefined) return certificate;
  const renewal = readRenewal(fields["renewal"]);
  return renewal && { ...certificate, renewal };
}

function readRenewal(value: unknown): RecordedRenewal | undefined {
  const { origin, shownKeyHash, hadEnded } = Object(value) as Readonly<Record<string, unknown>>;
  const { issuer, serial } = Object(origin) as Readonly<Record<string, unknown>>;
  if (!isHex(issuer) || !isHex(serial) || !isHex(shownKeyHash)) return undefined;
  return { origin: { issuer, serial }, shownKeyHash, ...(hadEnded === true && { hadEnded }) };
}

function readRevoked({ serial, reason }: Readonly<Record<string, unknown>>, at: Date): RecordEntry | undefined {
  const known = REVOCATION_REASONS.find((candidate) => candidate === reason);
  return isHex(serial) && known !== undefined ? { kind: "revoked", at, serial, reason: known } : undefined;
}

function readList(fields: Readonly<Record<string, unknown>>, at: Date): RecordEntry | undefined {
  const { number, days, entries, fingerprint } = fields;
  const nextUpdate = readTime(fields["nextUpdate"]);
  if (!isCount(number) || !isCount(days) || !isCount(entries) || !isHex(fingerprint)) return undefined;
  return nextUpdate && { kind: "list", at, number, nextUpdate, days, entries, fingerprint };
}

/** A time as JSON has it; undefined: it is something else. */
export function readTime(value: unknown): Date | undefined {
  if (typeof value !== "string") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function isPrincipalUri(value: unknown): value is string {
  if (typeof value !== "string") return false;
  return [parsePrincipal, parseClusterUri].some((parse) => {
    try {
      parse(value);
      return true;
    } catch {
      return false;
    }
  });
}

function isHex(value: unknown): value is string {
  return typeof value === "string" && /^(?:[0-9a-f]{2})+$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
