/** Judges the certificates of users that come over HTTPS, by the rules of the mesh. Pure. */
import { X509Certificate } from "node:crypto";
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
  /** The certificate and the CAs behind it, in DER. */
  readonly chain: readonly Uint8Array[];
  readonly proof: ProvenPeer;
}

/** Why a connection proves nobody. Each code is a counter. */
export interface UserRefusal {
  readonly code: RefusalCode | "NO_CERTIFICATE";
  readonly text: string;
}

export interface UserJudgeOptions {
  readonly cluster: string;
  /** Roots in PEM, as they are in force. */
  readonly roots: () => string;
  readonly revocations: RevocationLists;
}

export class UserJudge {
  readonly #options: UserJudgeOptions;
  #intermediates: readonly X509Certificate[];

  /** @param intermediates CAs between the roots and users' certificates, in DER */
  constructor(options: UserJudgeOptions, intermediates: readonly Uint8Array[]) {
    this.#options = options;
    this.#intermediates = intermediates.map((der) => new X509Certificate(der));
  }

  handleIntermediates(intermediates: readonly Uint8Array[]): void {
    this.#intermediates = intermediates.map((der) => new X509Certificate(der));
  }

  /**
   * Judges the certificate whose key a handshake has proven.
   *
   * @param leaf in DER; undefined: none was shown
   */
  judge(leaf: Uint8Array | undefined, at: Clocks): ProvenUser | UserRefusal {
    if (leaf === undefined) return { code: "NO_CERTIFICATE", text: "the connection shows no certificate" };
    const chain = this.#chainOf(leaf);
    const judged = this.#judgeChain(chain, at, false);
    if ("why" in judged) return { code: refusalCodeOf(judged), text: judged.text };
    return { principal: formatShortPrincipal(judged.principal), chain, proof: judged };
  }

  /** Whether roots and lists in force let a user go on who was proven before. They may be others since. */
  isTrusted({ chain }: ProvenUser, at: Clocks): boolean {
    return !("why" in this.#judgeChain(chain, at, true));
  }

  #judgeChain(chain: readonly Uint8Array[], at: Clocks, isOpen: boolean): ReturnType<typeof judgePeer> {
    const { cluster, roots, revocations } = this.#options;
    const expected = { trustBundlePem: roots(), cluster, kinds: ["user", "service"] as const };
    return judgePeer(chain, expected, { revocations, expiryGraceMs: 0 }, at, { isOpen });
  }

  /** Node tells a server no more of a chain than the first certificate: the CAs behind it are those of the config. */
  #chainOf(leaf: Uint8Array): Uint8Array[] {
    const chain = [leaf];
    let last = certificateOf(leaf);
    const left = new Set(this.#intermediates);
    while (last !== undefined) {
      const below: X509Certificate = last;
      last = [...left].find((issuer) => below.checkIssued(issuer) && below.verify(issuer.publicKey));
      if (last === undefined) break;
      left.delete(last);
      chain.push(last.raw);
    }
    return chain;
  }
}

function certificateOf(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
