/** Judges the certificates of users that come over HTTPS, by the rules of the mesh. Pure. */
import {
  type Clocks,
  formatShortPrincipal,
  judgePeer,
  type ProvenPeer,
  type RefusalCode,
  refusalCodeOf,
  type RevocationLists,
} from "@florenetes/identity";

/** A user, or a service, whose certificate is in order. */
export interface ProvenUser {
  /** The name of the principal: `user/alice`. */
  readonly principal: string;
  /** The certificate whose key the handshake has proven, in DER. */
  readonly leaf: Uint8Array;
  readonly proof: ProvenPeer;
}

/** Why a connection proves nobody. Each code is a counter. */
export interface UserRefusal {
  readonly code: RefusalCode | "NO_CERTIFICATE";
  /** The principal that the certificate proves all the same, if it was revoked, for example. */
  readonly principal: string | undefined;
  readonly text: string;
}

/** Whom a user's certificate is judged by. Both may be others at each call. */
export interface UserJudgeOptions {
  readonly cluster: string;
  /** Roots in PEM, as they are in force. */
  readonly roots: () => string;
  readonly revocations: RevocationLists;
}

/** Judges users by the roots, lists and intermediate CAs in force. */
export class UserJudge {
  readonly #options: UserJudgeOptions;
  #intermediates: readonly Uint8Array[];

  /** @param intermediates CAs between the roots and users' certificates, in DER: Node does not tell a server those that a client sends */
  constructor(options: UserJudgeOptions, intermediates: readonly Uint8Array[]) {
    this.#options = options;
    this.#intermediates = intermediates;
  }

  /** Other intermediate CAs are in force. @param intermediates in DER */
  handleIntermediates(intermediates: readonly Uint8Array[]): void {
    this.#intermediates = intermediates;
  }

  /**
   * Judges the certificate whose key a handshake has proven.
   *
   * @param leaf in DER; undefined: none was shown
   */
  judge(leaf: Uint8Array | undefined, at: Clocks): ProvenUser | UserRefusal {
    if (leaf === undefined)
      return { code: "NO_CERTIFICATE", principal: undefined, text: "the connection shows no certificate" };
    const judged = this.#judgeChain(leaf, at, false);
    if (!("why" in judged)) return { principal: formatShortPrincipal(judged.principal), leaf, proof: judged };
    const principal = judged.principal && formatShortPrincipal(judged.principal);
    return { code: refusalCodeOf(judged), principal, text: judged.text };
  }

  /** Whether roots, lists and intermediate CAs in force let a user go on who was proven before. */
  isTrusted({ leaf }: ProvenUser, at: Clocks): boolean {
    return !("why" in this.#judgeChain(leaf, at, true));
  }

  #judgeChain(leaf: Uint8Array, at: Clocks, isOpen: boolean): ReturnType<typeof judgePeer> {
    const { cluster, roots, revocations } = this.#options;
    const expected = { trustBundlePem: roots(), cluster, kinds: ["user", "service"] as const };
    return judgePeer([leaf, ...this.#intermediates], expected, { revocations, expiryGraceMs: 0 }, at, { isOpen });
  }
}
