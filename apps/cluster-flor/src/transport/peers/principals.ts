import type {
  CertificateId,
  Clocks,
  Credentials,
  IdentityErrorCode,
  PeerExpectation,
  PrincipalKind,
  Revocations,
} from "@florenetes/identity";
import { IdentityError, Term, formatShortPrincipal, verifyPeer } from "@florenetes/identity";
import { Code, ownExpired, ownRevoked, type Refusal } from "../codes.ts";

/** The cluster's revocation lists that are in force. */
export type RevocationLists = Pick<Revocations, "check" | "findRevoked">;

/** Whom a chain stands for. */
export interface Proof {
  /** The principal, written as `<kind>/<name>`. */
  readonly principal: string;
  /** The certificates that prove it, by what revocation lists can name. */
  readonly certificates: readonly CertificateId[];
  /** For how long the chain carries connections. */
  readonly term: Term;
}

export interface PrincipalsOptions {
  readonly cluster: string;
  readonly wallClock: () => Date;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** How long after the end of a certificate its connections go on, in milliseconds. */
  readonly expiryGraceMs: number;
  readonly revocations: RevocationLists;
  /** Connections that one principal may have to this vertex. */
  readonly connectionsMax: number;
}

const originators: readonly PrincipalKind[] = ["user", "service"];
const services: readonly PrincipalKind[] = ["service"];

/** Finds out whom a chain stands for, and whether it is revoked or has ended, and counts the connections of each principal. */
export class Principals {
  readonly #options: PrincipalsOptions;
  readonly #counts = new Map<string, number>();

  constructor(options: PrincipalsOptions) {
    this.#options = options;
  }

  /** Whether an originator may be one; `own` is what the end that asks holds, whose roots count. */
  verifyOriginator(chain: readonly Uint8Array[], own: Pick<Credentials, "trustBundlePem">): Proof | Refusal {
    return this.#verify(chain, own, { kinds: originators });
  }

  /** Whether the far end is the service that was asked for. */
  verifyService(
    chain: readonly Uint8Array[],
    service: string,
    own: Pick<Credentials, "trustBundlePem">,
  ): Proof | Refusal {
    return this.#verify(chain, own, { kinds: services, name: service });
  }

  /** The principal, certificates and term that credentials of our own prove, from now on. */
  own({ principal, certificates, validUntil }: Credentials): Proof {
    return { principal: formatShortPrincipal(principal), certificates, term: this.#termUntil(validUntil, undefined) };
  }

  /** Why nothing may be made with credentials of our own; undefined: they are fit. */
  ownRefusalOf(own: Proof): Refusal | undefined {
    return this.revocationOf(own, undefined) ?? this.expiryOf(own, undefined);
  }

  /** Why an open connection has to end: a list names a certificate that it was made with, the peer's or ours. */
  revocationOf(own: Proof, peer: Proof | undefined): Refusal | undefined {
    const { revocations } = this.#options;
    const theirs = revocations.findRevoked(peer?.certificates ?? []);
    if (theirs !== undefined) {
      const text = `the other end's certificate with serial ${theirs.serial} is revoked`;
      return { code: Code.revoked, reason: "ERR_IDENTITY_REVOKED", text };
    }
    const ours = revocations.findRevoked(own.certificates);
    if (ours === undefined) return undefined;
    return { code: Code.revoked, reason: ownRevoked, text: `our certificate with serial ${ours.serial} is revoked` };
  }

  /** Why an open connection has to end: a certificate that it was made with, the peer's or ours, has ended, and its grace is
   *  over. */
  expiryOf(own: Proof, peer: Proof | undefined): Refusal | undefined {
    const at = this.#readClocks();
    if (peer?.term.isOver(at) === true) {
      const text = `the other end's certificate has ended at ${peer.term.until.toISOString()}`;
      return { code: Code.expired, reason: "ERR_IDENTITY_EXPIRED", text };
    }
    if (!own.term.isOver(at)) return undefined;
    const text = `our certificate has ended at ${own.term.until.toISOString()}`;
    return { code: Code.expired, reason: ownExpired, text };
  }

  enter(principal: string): boolean {
    const count = this.#counts.get(principal) ?? 0;
    if (count >= this.#options.connectionsMax) return false;
    this.#counts.set(principal, count + 1);
    return true;
  }

  leave(principal: string): void {
    const count = this.#counts.get(principal) ?? 0;
    if (count > 1) this.#counts.set(principal, count - 1);
    else this.#counts.delete(principal);
  }

  #termUntil(validUntil: Date, judgedAt: Clocks | undefined): Term {
    return new Term(validUntil, this.#options.expiryGraceMs, judgedAt);
  }

  #readClocks(): Clocks {
    return { wall: this.#options.wallClock(), monotonic: this.#options.now() };
  }

  #verify(
    chain: readonly Uint8Array[],
    { trustBundlePem }: Pick<Credentials, "trustBundlePem">,
    expected: Pick<PeerExpectation, "kinds" | "name">,
  ): Proof | Refusal {
    const { cluster, revocations, wallClock } = this.#options;
    const now = wallClock();
    let who = "";
    try {
      const verified = verifyPeer(chain, { ...expected, trustBundlePem, cluster }, now);
      const principal = formatShortPrincipal(verified.principal);
      who = `${principal}: `;
      revocations.check(verified.certificates, now);
      return {
        principal,
        certificates: verified.certificates,
        term: this.#termUntil(verified.validUntil, this.#readClocks()),
      };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      // Only the code goes to the other side; the text is for the log on this one.
      const text = `${who}${error.message}`;
      return { code: codeOf(error.code, expected.name !== undefined), reason: error.code, text };
    }
  }
}

/** A service that is not the expected one is what its operator calls an unknown service. */
function codeOf(problem: IdentityErrorCode, isServiceWanted: boolean): number {
  switch (problem) {
    case "ERR_IDENTITY_REVOKED":
      return Code.revoked;
    case "ERR_IDENTITY_REVOCATION_MISSING":
    case "ERR_IDENTITY_REVOCATION_EXPIRED":
      return Code.revocationUnknown;
    case "ERR_IDENTITY_WRONG_NAME":
    case "ERR_IDENTITY_WRONG_KIND":
      return isServiceWanted ? Code.unknownService : Code.wrongPrincipal;
    default:
      return Code.wrongPrincipal;
  }
}
