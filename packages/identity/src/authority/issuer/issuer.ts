/** The issuer: renews identities that are valid, without a person. It decides; the CA folder certifies and records. Performs no I/O. */
import { fingerprintOf, readCertificate } from "../../certificates/certificate.ts";
import type { CertificateId } from "../../certificates/certificate-id.ts";
import { IdentityError } from "../../errors.ts";
import type { Clocks } from "../../expiry/term.ts";
import {
  BACKDATING_MS,
  ENDED_SHOWN_MS,
  LISTS_ASKED_MS,
  LISTS_OF_ALL_AT_ONCE,
  LISTS_OF_ALL_MS,
  RENEWALS_PER_LIFE,
} from "../../limits.ts";
import { judgePeer, type ProvenPeer } from "../../peer.ts";
import {
  formatPrincipal,
  formatShortPrincipal,
  isSamePrincipal,
  parsePrincipal,
  PRINCIPAL_KINDS,
} from "../../principal.ts";
import type { RevocationLists } from "../../revocation/revocations.ts";
import type { AuthorityRecord, IssuingDecision, RecordedCertificate } from "../ca/record.ts";
import type { RecordedToken } from "../ca/recorded-token.ts";
import { type CertificateRequest, readRequest } from "../enrollment/request.ts";
import { findEndedRefusal, isMadeHere, NOT_MADE_HERE } from "./ended-renewals.ts";
import type { IssuerErrorCode } from "./issuer-errors.ts";
import { RenewalRates } from "./renewal-rates.ts";

/** A node's wish for the next certificate of an identity. */
export interface RenewalWish {
  /** The chain that the node has shown in a handshake, which proved that it holds the key; DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** A certificate request in PEM. */
  readonly request: string;
}

/** A new node's wish for the first certificate of a principal. */
export interface EnrollmentWish {
  /** The secret of its token. */
  readonly secret: Uint8Array;
  /** A certificate request in PEM. */
  readonly request: string;
}

export interface IssuerRefusal {
  readonly code: IssuerErrorCode;
  /** A sentence for both ends. It begins with the principal where that was proven. */
  readonly text: string;
}

export interface IssuerRules {
  readonly cluster: string;
  /** For how long certificates are issued, in milliseconds. */
  readonly lifeMs: number;
}

/** The trust by which nodes are judged. */
export interface IssuerTrust {
  /** The roots of the cluster, as PEM. */
  readonly trustBundlePem: string;
  readonly revocations: RevocationLists;
}

/** All that a decision goes by, as it is at that moment. */
export interface IssuerView extends IssuerTrust {
  readonly record: AuthorityRecord;
}

/** The view of a decision about a certificate that was shown after its end. */
export interface EndedView extends IssuerView {
  /** Why the fabric does not want the node of that certificate, in words that follow its name; undefined: it does, or nobody knows nodes. */
  readonly nodeFault: string | undefined;
}

/**
 * Grants the next certificate to whoever shows one that is good:
 *
 *     chain is good ▶ request is in order ▶ same principal ▶ nothing of it is revoked ▶ key is nobody else's ▶ not too often
 *
 * Nothing of a request is read before its author has proven a principal of the cluster.
 */
export class Issuer {
  readonly #rules: IssuerRules;
  readonly #rates: RenewalRates;
  readonly #listRates = new RenewalRates(RENEWALS_PER_LIFE * LISTS_ASKED_MS, {
    atOnce: LISTS_OF_ALL_AT_ONCE,
    pauseMs: LISTS_OF_ALL_MS,
  });

  constructor(rules: IssuerRules) {
    this.#rules = rules;
    this.#rates = new RenewalRates(rules.lifeMs);
  }

  handleRequest(wish: RenewalWish, view: IssuerView, at: Clocks): IssuingDecision | IssuerRefusal {
    const peer = this.#judge(wish.chain, view, at);
    return "code" in peer ? peer : this.#renew(wish, peer, view, at);
  }

  /**
   * Grants the next certificate to whoever shows one that has ended, and that this CA has made: for the key of the record alone, a few times, and for
   * some time after the end.
   */
  handleEndedRequest(wish: RenewalWish, view: EndedView, at: Clocks): IssuingDecision | IssuerRefusal {
    const peer = this.judgeEnded(wish.chain, view, at);
    if ("code" in peer) return peer;
    const code: IssuerErrorCode = "ERR_ISSUER_NODE";
    if (view.nodeFault !== undefined)
      return { code, text: `${formatShortPrincipal(peer.principal)}: ${view.nodeFault}` };
    return this.#renew(wish, peer, view, at, true);
  }

  /** The peer that a chain proves whose leaf this CA has made and has ended, or why it proves none. */
  judgeEnded(chain: readonly Uint8Array[], view: IssuerView, at: Clocks): ProvenPeer | IssuerRefusal {
    const peer = this.#judge(chain, view, at, ENDED_SHOWN_MS);
    if ("code" in peer) return peer;
    const name = formatShortPrincipal(peer.principal);
    const { notBefore, notAfter } = readCertificate(chain[0]!);
    if (notAfter >= at.wall) {
      const here = `it ends at ${notAfter.toISOString()}, and here it is ${at.wall.toISOString()}`;
      return { code: "ERR_ISSUER_ENDED", text: `${name}: its certificate has not ended: ${here}` };
    }
    const own = view.record.certificates.get(peer.certificates[0]!.serial);
    if (isMadeHere(own, fingerprintOf(chain[0]!))) return peer;
    const revoked = findLaterRevocation(formatPrincipal(peer.principal), notBefore, view.record);
    if (revoked !== undefined) return { code: "ERR_ISSUER_REVOKED", text: `${name}: ${revoked}` };
    const [code, text] = NOT_MADE_HERE;
    return { code, text: `${name}: ${text}` };
  }

  #renew(
    wish: RenewalWish,
    peer: ProvenPeer,
    { record, revocations }: IssuerView,
    at: Clocks,
    hadEnded = false,
  ): IssuingDecision | IssuerRefusal {
    const name = formatShortPrincipal(peer.principal);
    const refuse = (code: IssuerErrorCode, text: string): IssuerRefusal => ({ code, text: `${name}: ${text}` });
    const request = readWish(wish.request);
    if (typeof request === "string") return refuse("ERR_ISSUER_REQUEST", request);
    if (!isSamePrincipal(request.principal, peer.principal)) {
      const asked = formatPrincipal(request.principal);
      return refuse("ERR_ISSUER_PRINCIPAL", `the request is for ${asked}, and the certificate is not`);
    }
    const principal = formatPrincipal(peer.principal);
    const shown = peer.certificates[0]!;
    const origin = originOf(shown, record);
    const own = record.certificates.get(shown.serial);
    const revoked =
      own === undefined
        ? findLaterRevocation(principal, readCertificate(wish.chain[0]!).notBefore, record)
        : findOwnRevocation(own, origin, record, revocations);
    if (revoked !== undefined) return refuse("ERR_ISSUER_REVOKED", revoked);
    const holder = record.keyHolders.get(request.keyFingerprint) ?? principal;
    if (holder !== principal) return refuse("ERR_ISSUER_KEY_IN_USE", "the key of the request is another principal's");
    const renewal = { origin, shownKeyHash: peer.keyHash };
    if (!hadEnded) return this.#grant(request, { renewal }, at);
    const fingerprint = fingerprintOf(wish.chain[0]!);
    const refused = findEndedRefusal({ principal, fingerprint, own, keyHash: request.keyFingerprint }, record, at.wall);
    return refused === undefined ? this.#grant(request, { renewal: { ...renewal, hadEnded } }, at) : refuse(...refused);
  }

  /**
   * Grants the first certificate of a principal to whoever shows a token for it: once, but for the same key as often as it asks, as an
   * answer may be lost on its way.
   *
   * @param token The one of the CA folder whose secret was shown
   * @param pem The request
   */
  handleEnrollment(
    token: RecordedToken,
    pem: string,
    { record }: Pick<IssuerView, "record">,
    at: Clocks,
  ): IssuingDecision | IssuerRefusal {
    const { id } = token;
    const principal = parsePrincipal(token.principal);
    const name = formatShortPrincipal(principal);
    const refuse = (code: IssuerErrorCode, text: string): IssuerRefusal => ({ code, text: `${name}: ${text}` });
    if (at.wall >= token.expiresAt)
      return refuse("ERR_ISSUER_TOKEN", `the token has ended at ${token.expiresAt.toISOString()}`);
    const revokedAt = record.revokedAt.get(token.principal);
    if (revokedAt !== undefined && revokedAt >= token.madeAt)
      return refuse("ERR_ISSUER_REVOKED", `it was revoked at ${revokedAt.toISOString()}, after the token was made`);
    const request = readWish(pem);
    if (typeof request === "string") return refuse("ERR_ISSUER_REQUEST", request);
    if (!isSamePrincipal(request.principal, principal)) {
      const asked = formatPrincipal(request.principal);
      return refuse("ERR_ISSUER_PRINCIPAL", `the request is for ${asked}, and the token is not`);
    }
    const { keyFingerprint } = request;
    if (record.tokenKeys.has(id) && record.tokenKeys.get(id) !== keyFingerprint)
      return refuse("ERR_ISSUER_TOKEN", "the token was used before, for another key");
    if ((record.keyHolders.get(keyFingerprint) ?? token.principal) !== token.principal)
      return refuse("ERR_ISSUER_KEY_IN_USE", "the key of the request is another principal's");
    return this.#grant(request, { token: id }, at);
  }

  #grant(
    { principal, publicKeyInfo }: CertificateRequest,
    grounds: IssuingDecision["grounds"],
    at: Clocks,
  ): IssuingDecision | IssuerRefusal {
    const taken = this.#rates.take(formatPrincipal(principal), at.monotonic);
    const text = `${formatShortPrincipal(principal)}: `;
    if (taken === "principal")
      return { code: "ERR_ISSUER_RATE", text: `${text}it was given certificates too often of late` };
    if (taken === "all")
      return { code: "ERR_ISSUER_BUSY", text: `${text}too many certificates were given out of late` };
    const { kind, name } = principal;
    return { request: { kind, name, publicKeyInfo, lifeMs: this.#rules.lifeMs }, grounds };
  }

  /** Why a chain is not let in; undefined: it is. */
  handleCheck(chain: readonly Uint8Array[], view: IssuerTrust, at: Clocks): IssuerRefusal | undefined {
    const peer = this.#judge(chain, view, at);
    return "code" in peer ? peer : undefined;
  }

  /**
   * The key whose holder is told the revocation lists, or the reason against it. Several nodes may have one principal, with a key each: each of them is told.
   *
   * @param isKnown The node has the lists as they are: it waits for others, and costs nothing until then
   */
  handleListsAsked(
    chain: readonly Uint8Array[],
    isKnown: boolean,
    view: IssuerTrust,
    at: Clocks,
  ): Pick<ProvenPeer, "keyHash"> | IssuerRefusal {
    const peer = this.#judge(chain, view, at);
    if ("code" in peer || isKnown) return peer;
    const taken = this.#listRates.take(peer.keyHash, at.monotonic);
    if (taken === "taken") return peer;
    const text = `${formatShortPrincipal(peer.principal)}: lists were asked for too often of late`;
    return { code: taken === "principal" ? "ERR_ISSUER_RATE" : "ERR_ISSUER_BUSY", text };
  }

  #judge(chain: readonly Uint8Array[], view: IssuerTrust, at: Clocks, afterEndMs = 0): ProvenPeer | IssuerRefusal {
    const peer = judgePeer(
      chain,
      { trustBundlePem: view.trustBundlePem, cluster: this.#rules.cluster, kinds: PRINCIPAL_KINDS },
      { revocations: view.revocations, expiryGraceMs: 0 },
      at,
      { afterEndMs },
    );
    if (!("why" in peer)) return peer;
    return { code: peer.why === "revoked" ? "ERR_ISSUER_REVOKED" : "ERR_ISSUER_CERTIFICATE", text: peer.text };
  }
}

/**
 * The certificates of the record that are good by it, though the certificate from which they came is on a list of the CA that
 * issued that one: they have to be revoked, too, also those that have ended and may be shown still. That list forgets a certificate some time after its
 * end, and the record does not.
 */
export function findOrphans(record: AuthorityRecord, lists: RevocationLists, at: Date): RecordedCertificate[] {
  return [...record.certificates.values()].filter(
    ({ serial, notAfter, renewal }) =>
      renewal !== undefined &&
      notAfter.getTime() + ENDED_SHOWN_MS >= at.getTime() &&
      !record.revocations.has(serial) &&
      lists.findRevoked([renewal.origin]) !== undefined,
  );
}

/** The request, or what is wrong with it. */
function readWish(pem: string): CertificateRequest | string {
  try {
    return readRequest(pem);
  } catch (error) {
    if (error instanceof IdentityError) return error.message;
    throw error;
  }
}

/** The certificate from which one came by renewals: itself, where this CA did not renew it. */
function originOf(shown: CertificateId, record: AuthorityRecord): CertificateId {
  return record.certificates.get(shown.serial)?.renewal?.origin ?? shown;
}

/**
 * A revocation in the record outdoes the certificates of its principal that others issued before it: the operator who revokes a
 * principal here cannot name those. One that is issued later is not revoked.
 */
function findLaterRevocation(principal: string, notBefore: Date, record: AuthorityRecord): string | undefined {
  const revokedAt = record.revokedAt.get(principal);
  if (revokedAt === undefined || notBefore.getTime() + BACKDATING_MS > revokedAt.getTime()) return undefined;
  return `it was revoked at ${revokedAt.toISOString()}, and the certificate was made before that`;
}

/** A certificate of this CA is revoked by the record, before a list tells so, and by what revokes the one from which it came. */
function findOwnRevocation(
  { serial }: RecordedCertificate,
  origin: CertificateId,
  record: AuthorityRecord,
  lists: RevocationLists,
): string | undefined {
  if (record.revocations.has(serial)) return `the certificate with serial ${serial} is revoked`;
  const found = lists.findRevoked([origin]);
  return found && `the certificate with serial ${found.serial}, from which this one came, is revoked`;
}
