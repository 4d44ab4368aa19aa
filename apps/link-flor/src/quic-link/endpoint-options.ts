import type { CertificateProof, Pins, RevocationLists } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import type { Knock, LinkStatus } from "@florenetes/portal-api";
import type { QuicEngine } from "@florenetes/quic";
import type { FailedOffer } from "../link-protocol.ts";
import type { Prove } from "./addresses/path-message.ts";
import type { SessionPlane } from "./data-plane/session-plane.ts";
import type { CommonConfig } from "./quic-settings.ts";
import type { Verdict } from "./reasons.ts";
import type { Renewal } from "./sessions/session-life.ts";
import type { VerifiedVertex } from "./sessions/session-types.ts";
import type { OpenDoor } from "./visits/visit.ts";
import type { StrangersOptions } from "./strangers/strangers.ts";

/** The identity by which this end proves itself and judges its peers. */
export interface EndpointIdentity extends CertificateProof {
  /** QUIC settings of all connections. The reset token and the size of packets are not among them: each connection has its own. */
  readonly quic: CommonConfig;
  resetToken(connectionId: Uint8Array): Uint8Array;
  /** The vertex that the chain proves, or why the chain is refused. `pins` are the keys that vertices must show. */
  verifyPeer(chain: readonly Uint8Array[], expectedName: string | undefined, pins: Pins): VerifiedVertex | Verdict;
}

export interface EndpointOptions {
  readonly engine: QuicEngine;
  /** The identity at the start; `handleIdentity` brings others. */
  readonly identity: EndpointIdentity;
  readonly revocations: RevocationLists;
  readonly retryTokens: StrangersOptions["retryTokens"];
  readonly instance: Instance;
  /** Silence after which the peer of a session that begins now is dead, in milliseconds. */
  deadAfterMs(): number;
  /** The quiet that links are to have which this end originates from now on, in whole seconds; 0: none. */
  quietSeconds(): number;
  readonly renewal: Renewal;
  /** The largest UDP payload that the way to a host may carry, as far as this end can tell. */
  payloadMaxTo(host: string): number;
  wallClock(): Date;
  /** A random number from 0 up to 1, like Math.random. */
  random(): number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly prove: Prove;
  /** Carries sessions once they are up. */
  readonly plane: SessionPlane;
}

/** The endpoint calls its observer from within `settle` only. */
export interface EndpointObserver {
  onStatus(status: LinkStatus): void;
  onOfferFailed(offer: FailedOffer): void;
  onKnock(knock: Knock): void;
  /** Somebody visits the door of this end. */
  readonly onVisit: OpenDoor;
  onPacket(handle: number, packet: Uint8Array, start: number, end: number): void;
  /** An attempt needs the address of a host: answer with `handleResolved`. */
  onResolve(attempt: number, host: string, port: number): void;
}
