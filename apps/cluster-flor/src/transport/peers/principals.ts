import type {
  ChainRefusal,
  Clocks,
  Credentials,
  PeerExpectation,
  PeerProof,
  Pins,
  PrincipalKind,
  RevocationLists,
  Unfitness,
} from "@florenetes/identity";
import { Term, findEnd, findRevocation, findWrongKey, formatShortPrincipal, judgePeer } from "@florenetes/identity";
import { pinsOfAll, type VertexPins } from "../../config/vertex-pins.ts";
import { Code, ownExpired, ownRevoked, type Refusal } from "../codes.ts";

/** The principal of a certificate chain, and the proof. */
export interface Proof extends PeerProof {
  /** The principal, written as `<kind>/<name>`. */
  readonly principal: string;
  /** Pins hold for the principal even where the config does not bind all: an overlay has brought the path to it. */
  readonly isBound?: boolean;
}

export interface PrincipalsOptions {
  readonly cluster: string;
  readonly wallClock: () => Date;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** How long connections go on after the end of a certificate, in milliseconds; for connections that are made from now on. */
  expiryGraceMs: number;
  /** Keys that peers must show. */
  pins: VertexPins;
  readonly revocations: RevocationLists;
  /** The most connections of one principal to this vertex. */
  readonly connectionsMax: number;
}

const originators: readonly PrincipalKind[] = ["user", "service"];
const services: readonly PrincipalKind[] = ["service"];

/** Finds the principal of a chain, and whether the chain is revoked, has ended or has another key than it should; counts the connections of each principal. */
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

  /** Sets the grace of connections that are made from now on. */
  set expiryGraceMs(ms: number) {
    this.#options.expiryGraceMs = ms;
  }

  /** See `PrincipalsOptions`. */
  get pins(): VertexPins {
    return this.#options.pins;
  }

  /** Sets the pins of new connections; `refusalOf` judges the open ones by them. */
  set pins(pins: VertexPins) {
    this.#options.pins = pins;
  }

  /**
   * Whether a chain may be an originator's; `own` are the credentials of the end that asks, whose roots count.
   *
   * @param isBound Pins hold for it even where the config does not bind all.
   */
  verifyOriginator(
    chain: readonly Uint8Array[],
    own: Pick<Credentials, "trustBundlePem">,
    isBound: boolean,
  ): Proof | Refusal {
    return this.#proofOf(chain, own, { kinds: originators }, isBound);
  }

  /**
   * Whether the far end is the requested service.
   *
   * @param isBound Pins hold for it even where the config does not bind all.
   */
  verifyService(
    chain: readonly Uint8Array[],
    service: string,
    own: Pick<Credentials, "trustBundlePem">,
    isBound: boolean,
  ): Proof | Refusal {
    return this.#proofOf(chain, own, { kinds: services, name: service }, isBound);
  }

  /** The principal, certificates and end that our own credentials prove, from now on. */
  own({ principal, certificates, keyHash, validUntil }: Credentials): Proof {
    const term = new Term(validUntil, this.#options.expiryGraceMs, undefined);
    return { principal: formatShortPrincipal(principal), certificates, keyHash, term };
  }

  /** Why no connections may be made with our own credentials; undefined: they are fit. */
  ownRefusalOf(own: Proof): Refusal | undefined {
    return this.refusalOf(own, undefined) ?? this.expiryOf(own, undefined);
  }

  /** Why an open connection has to end: a list names one of its certificates, the peer's or ours, or pins name other keys of the peer. */
  refusalOf(own: Proof, peer: Proof | undefined): Refusal | undefined {
    const pinned = peer && this.#pinsFor(peer.isBound === true)?.get(peer.principal);
    return refusalFor(findRevocation({ own, peer }, this.#options.revocations) ?? findWrongKey(peer, pinned));
  }

  /** Why an open connection has to end: one of its certificates, the peer's or ours, has ended, and the grace is over. */
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

  #proofOf(
    chain: readonly Uint8Array[],
    own: Pick<Credentials, "trustBundlePem">,
    expected: Pick<PeerExpectation, "kinds" | "name">,
    isBound: boolean,
  ): Proof | Refusal {
    const verdict = this.#verify(chain, own, expected, this.#pinsFor(isBound));
    return "principal" in verdict ? { ...verdict, isBound } : verdict;
  }

  #pinsFor(isBound: boolean): Pins | undefined {
    return isBound ? this.pins.keys : pinsOfAll(this.pins);
  }

  #readClocks(): Clocks {
    return { wall: this.#options.wallClock(), monotonic: this.#options.now() };
  }

  #verify(
    chain: readonly Uint8Array[],
    { trustBundlePem }: Pick<Credentials, "trustBundlePem">,
    expected: Pick<PeerExpectation, "kinds" | "name">,
    pins: Pins | undefined,
  ): Proof | Refusal {
    const { cluster, revocations, expiryGraceMs } = this.#options;
    const rules = { revocations, expiryGraceMs, pins };
    const judged = judgePeer(chain, { ...expected, trustBundlePem, cluster }, rules, this.#readClocks());
    if ("why" in judged) {
      // Only the code goes to the other side; the text is for the log on this one.
      return { code: codeOf(judged.why, expected.name !== undefined), reason: judged.code, text: judged.text };
    }
    return { ...judged, principal: formatShortPrincipal(judged.principal) };
  }
}

/** The reason phrase of a refusal goes to the peer, and tells whose certificate is concerned. */
function refusalFor(unfit: Unfitness | undefined): Refusal | undefined {
  if (unfit === undefined) return undefined;
  const { why, isOwn, text } = unfit;
  if (why === "revoked") return { code: Code.revoked, reason: isOwn ? ownRevoked : "ERR_IDENTITY_REVOKED", text };
  if (why === "wrongKey") return { code: Code.wrongKey, reason: "ERR_IDENTITY_WRONG_KEY", text };
  return { code: Code.expired, reason: isOwn ? ownExpired : "ERR_IDENTITY_EXPIRED", text };
}

/** To operators, a chain of another service means an unknown service. */
function codeOf(why: ChainRefusal["why"], isServiceWanted: boolean): number {
  switch (why) {
    case "revoked":
      return Code.revoked;
    case "revocationUnknown":
      return Code.revocationUnknown;
    case "wrongKey":
      return Code.wrongKey;
    case "wrongName":
    case "wrongKind":
      return isServiceWanted ? Code.unknownService : Code.wrongPrincipal;
    default:
      return Code.wrongPrincipal;
  }
}
