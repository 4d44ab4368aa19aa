import type {
  CertificateProof,
  ChainRefusal,
  Clocks,
  Credentials,
  PeerExpectation,
  PrincipalKind,
  RevocationLists,
  Unfitness,
} from "@florenetes/identity";
import { Term, findEnd, findRevocation, formatShortPrincipal, judgePeer } from "@florenetes/identity";
import { Code, ownExpired, ownRevoked, type Refusal } from "../codes.ts";

/** Whom a chain stands for. */
export interface Proof extends CertificateProof {
  /** The principal, written as `<kind>/<name>`. */
  readonly principal: string;
}

export interface PrincipalsOptions {
  readonly cluster: string;
  readonly wallClock: () => Date;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** How long after the end of a certificate its connections go on, in milliseconds: those that are made while this holds. */
  expiryGraceMs: number;
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
    this.#options = { ...options };
  }

  /** See `PrincipalsOptions`. */
  get expiryGraceMs(): number {
    return this.#options.expiryGraceMs;
  }

  /** Another grace holds for connections that are made from now on. */
  set expiryGraceMs(ms: number) {
    this.#options.expiryGraceMs = ms;
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
    const term = new Term(validUntil, this.#options.expiryGraceMs, undefined);
    return { principal: formatShortPrincipal(principal), certificates, term };
  }

  /** Why nothing may be made with credentials of our own; undefined: they are fit. */
  ownRefusalOf(own: Proof): Refusal | undefined {
    return this.revocationOf(own, undefined) ?? this.expiryOf(own, undefined);
  }

  /** Why an open connection has to end: a list names a certificate that it was made with, the peer's or ours. */
  revocationOf(own: Proof, peer: Proof | undefined): Refusal | undefined {
    return refusalFor(findRevocation({ own, peer }, this.#options.revocations));
  }

  /** Why an open connection has to end: a certificate that it was made with, the peer's or ours, has ended, and its grace is
   *  over. */
  expiryOf(own: Proof, peer: Proof | undefined): Refusal | undefined {
    return refusalFor(findEnd({ own, peer }, this.#readClocks()));
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

  #readClocks(): Clocks {
    return { wall: this.#options.wallClock(), monotonic: this.#options.now() };
  }

  #verify(
    chain: readonly Uint8Array[],
    { trustBundlePem }: Pick<Credentials, "trustBundlePem">,
    expected: Pick<PeerExpectation, "kinds" | "name">,
  ): Proof | Refusal {
    const { cluster } = this.#options;
    const judged = judgePeer(chain, { ...expected, trustBundlePem, cluster }, this.#options, this.#readClocks());
    if ("why" in judged) {
      // Only the code goes to the other side; the text is for the log on this one.
      return { code: codeOf(judged.why, expected.name !== undefined), reason: judged.code, text: judged.text };
    }
    return { ...judged, principal: formatShortPrincipal(judged.principal) };
  }
}

/** The phrase of a refusal goes to the peer, and says whose certificate it is about. */
function refusalFor(unfit: Unfitness | undefined): Refusal | undefined {
  if (unfit === undefined) return undefined;
  const { why, isOwn, text } = unfit;
  if (why === "revoked") return { code: Code.revoked, reason: isOwn ? ownRevoked : "ERR_IDENTITY_REVOKED", text };
  return { code: Code.expired, reason: isOwn ? ownExpired : "ERR_IDENTITY_EXPIRED", text };
}

/** A service that is not the expected one is what its operator calls an unknown service. */
function codeOf(why: ChainRefusal["why"], isServiceWanted: boolean): number {
  switch (why) {
    case "revoked":
      return Code.revoked;
    case "revocationUnknown":
      return Code.revocationUnknown;
    case "wrongName":
    case "wrongKind":
      return isServiceWanted ? Code.unknownService : Code.wrongPrincipal;
    default:
      return Code.wrongPrincipal;
  }
}
