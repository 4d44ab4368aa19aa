import {
  type CertificateProof,
  type Clocks,
  type Credentials,
  findUnfitness,
  HeldIdentity,
  Holdings,
  judgePeer,
  readCertificatePem,
  refusalCodeOf,
  revocationFolder,
  Term,
} from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import type { Peer, Refusal } from "./link-protocol.ts";
import type { ClusterConfig } from "./vertex-config.ts";

const DAY_MS = 86_400_000;
const POLICY = { isRequired: false, graceMs: 7 * DAY_MS };
const EXPIRY_WARNING_MS = 30 * DAY_MS;

/** A vertex's identity in a cluster, and the roots and revocation lists by which it judges others. */
export class OwnIdentity implements Disposable {
  readonly #identity: HeldIdentity;
  readonly #holdings: Holdings;

  private constructor(identity: HeldIdentity, holdings: Holdings) {
    this.#identity = identity;
    this.#holdings = holdings;
  }

  /** Rejects with an IdentityError when the folder is not in order. */
  static async open(config: ClusterConfig, log: Logger): Promise<OwnIdentity> {
    const { cluster, vertex: name, identity: folder, state } = config;
    const identity = new HeldIdentity(folder, { cluster, kinds: ["vertex"], ...(name !== undefined && { name }) });
    const holdings = await Holdings.open({
      cluster,
      identities: [identity],
      stateFolder: revocationFolder(state, cluster),
      policy: POLICY,
      expiryWarningMs: EXPIRY_WARNING_MS,
      wallClock: nodeTime.wallClock,
      log,
    });
    return new OwnIdentity(identity, holdings);
  }

  get credentials(): Credentials {
    return this.#identity.credentials;
  }

  get chain(): readonly Uint8Array[] {
    return readCertificatePem(this.credentials.certificateChainPem);
  }

  /** Calls `handleCredentials` when the credentials change. */
  watch(handleCredentials: () => void): void {
    this.#holdings.watch({ handleCredentials, handleRevocations: () => {} });
  }

  async reload(): Promise<void> {
    await this.#holdings.reload();
  }

  /** Judges a chain by the rules of docs/operate/identity.md. `pinned` gives the keys that the peer may have at present; undefined: any. */
  judge(chain: readonly Uint8Array[], name: string, pinned: () => ReadonlySet<string> | undefined): Peer | Refusal {
    const { cluster } = this.credentials.principal;
    const { trustBundlePem } = this.credentials;
    const expected = { trustBundlePem, cluster, kinds: ["vertex"] as const, name };
    const { revocations } = this.#holdings;
    const own = this.#proof();
    const unfit = findUnfitness({ own }, revocations, clocks());
    if (unfit !== undefined) return { code: CODES[unfit.why], text: unfit.text };
    const pins = { get: pinned };
    const judged = judgePeer(chain, expected, { revocations, expiryGraceMs: 0, pins }, clocks());
    if ("why" in judged) return { code: refusalCodeOf(judged), text: judged.text };
    return {
      findUnfitness: () => {
        const found = findUnfitness({ own: this.#proof(), peer: judged }, revocations, clocks(), pinned());
        return found && { code: CODES[found.why], text: found.text };
      },
    };
  }

  [Symbol.dispose](): void {
    this.#holdings.close();
  }

  #proof(): CertificateProof {
    const { certificates, validUntil } = this.credentials;
    return { certificates, term: new Term(validUntil, 0, clocks()) };
  }
}

const CODES = { revoked: "REVOKED", wrongKey: "WRONG_KEY", ended: "EXPIRED" } as const;

function clocks(): Clocks {
  return { wall: nodeTime.wallClock(), monotonic: nodeTime.now() };
}
