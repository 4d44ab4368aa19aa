import type { CertificateId } from "../certificates/certificate-id.ts";
import { IdentityError } from "../errors.ts";

/** A certificate revocation list (RFC 5280, 5) whose signature was verified. */
export interface RevocationList {
  /** The issuer, by the hash that `CertificateId.issuer` holds. */
  readonly issuer: string;
  /** The issuer's name as people read it. */
  readonly issuerName: string;
  /** CRL number: a list replaces those with smaller ones. */
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial numbers, as in `CertificateId`. */
  readonly serials: Pick<ReadonlySet<string>, "has" | "size">;
  readonly der: Uint8Array;
}

export interface RevocationPolicy {
  /**
   * True: a certificate is refused when its issuer has given no list, or one that has ended. Optional lists refuse
   * nobody for that: the first list that an operator makes must not end in an outage.
   */
  readonly isRequired: boolean;
  /** How long after its end a required list still lets new handshakes pass, in milliseconds. */
  readonly graceMs: number;
}

/** The part of `Revocations` by which peers are judged. */
export type RevocationLists = Pick<Revocations, "check" | "findRevoked">;

/** The lists that are in force in one process for one cluster: of each issuer the one with the highest number. */
export class Revocations<List extends RevocationList = RevocationList> {
  readonly policy: RevocationPolicy;
  readonly #lists = new Map<string, List>();

  constructor(policy: RevocationPolicy) {
    this.policy = policy;
  }

  get lists(): readonly List[] {
    return [...this.#lists.values()];
  }

  listOf(issuer: string): List | undefined {
    return this.#lists.get(issuer);
  }

  /** Puts a list in force, unless its issuer has one with the same or a higher number: then returns false. */
  put(list: List): boolean {
    const present = this.#lists.get(list.issuer);
    if (present !== undefined && present.number >= list.number) return false;
    this.#lists.set(list.issuer, list);
    return true;
  }

  /** Takes an issuer's list out of force: for issuers that are trusted no more, and so let nobody in. */
  remove(issuer: string): void {
    this.#lists.delete(issuer);
  }

  /** Finds the first of the certificates that a list names. A list that has ended still counts. */
  findRevoked(certificates: readonly CertificateId[]): CertificateId | undefined {
    return certificates.find(({ issuer, serial }) => this.#lists.get(issuer)?.serials.has(serial));
  }

  /**
   * Decides whether a peer's certificates may be used for a new handshake. Throws ERR_IDENTITY_REVOKED, _REVOCATION_MISSING or
   * _REVOCATION_EXPIRED.
   */
  check(certificates: readonly CertificateId[], at: Date): void {
    const revoked = this.findRevoked(certificates);
    if (revoked !== undefined) {
      const list = this.#lists.get(revoked.issuer)!;
      const message = `the certificate with serial ${revoked.serial} is revoked by list ${list.number} of ${list.issuerName}`;
      throw new IdentityError("ERR_IDENTITY_REVOKED", message);
    }
    for (const { issuer, serial } of certificates) this.#checkList(this.#lists.get(issuer), serial, at);
  }

  #checkList(list: RevocationList | undefined, serial: string, at: Date): void {
    if (!this.policy.isRequired) return;
    if (list === undefined) {
      const message = `there is no revocation list of the issuer of the certificate with serial ${serial}`;
      throw new IdentityError("ERR_IDENTITY_REVOCATION_MISSING", message);
    }
    if (at.getTime() <= list.nextUpdate.getTime() + this.policy.graceMs) return;
    const end = list.nextUpdate.toISOString();
    const message = `list ${list.number} of ${list.issuerName} ended at ${end}, and here it is ${at.toISOString()}`;
    throw new IdentityError("ERR_IDENTITY_REVOCATION_EXPIRED", message);
  }
}
