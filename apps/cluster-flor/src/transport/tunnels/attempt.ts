import type { Credentials } from "@florenetes/identity";
import type { PeerRefusal, QuicConfig } from "@florenetes/quic";
import { Code, WRONG_KEY_ALERT } from "../codes.ts";
import type { Principals, Proof } from "../peers/principals.ts";

/** The service that an attempt is for, and the identity that makes it. */
export interface AttemptOptions {
  readonly config: QuicConfig;
  readonly principals: Principals;
  /** Name of the service that the far end must prove to be. */
  readonly service: string;
  /** Pins hold for the service, whatever the config binds else. */
  readonly isBound: boolean;
  readonly credentials: Credentials;
  /** The round trip that was last measured on the path; undefined: none was. */
  readonly rttMs: number | undefined;
}

/** The settings of an attempt, and what the far end has proven in it. */
export class Attempt {
  readonly config: QuicConfig;
  readonly #options: AttemptOptions;
  #proof: Proof | undefined;

  constructor(options: AttemptOptions) {
    this.config = options.config;
    this.#options = options;
  }

  /** The principal and the certificates that the far end has proven; undefined before. */
  get proof(): Proof | undefined {
    return this.#proof;
  }

  /** The QUIC config, which includes the check of the far end's certificate. */
  get settings(): QuicConfig {
    return { ...this.config, initialRttMs: this.#options.rttMs, judgePeer: (chain) => this.#judgePeer(chain) };
  }

  /** Called within the handshake, before our certificate leaves: only the service gets to see who we are. */
  #judgePeer(chain: readonly Uint8Array[]): PeerRefusal | undefined {
    const { principals, service, credentials, isBound } = this.#options;
    const verdict = principals.verifyService(chain, service, credentials, isBound);
    if ("principal" in verdict) {
      this.#proof = verdict;
      return undefined;
    }
    // The verdict stays here, and may say all. The service itself hears of its wrong key: no other has a certificate with its name.
    const alert = verdict.code === Code.wrongKey ? WRONG_KEY_ALERT : undefined;
    return { code: verdict.code, reason: verdict.text ?? verdict.reason, alert };
  }
}
