import type { LinkStatus } from "@florenetes/portal-api";
import type { QuicConfig, QuicEngine } from "@florenetes/quic";
import type { FailedOffer } from "../link-protocol.ts";
import type { Verdict } from "./reasons.ts";
import type { Renewal } from "./session-life.ts";
import type { StrangersOptions } from "./strangers.ts";

/** What proves this end and judges its peers. */
export interface EndpointIdentity {
  /** Of every connection but for the reset token, which each has of its own. */
  readonly quic: QuicConfig;
  resetToken(connectionId: Uint8Array): Uint8Array;
  /** The peer's name, or why its certificate chain will not do. */
  verifyPeer(chain: readonly Uint8Array[], expectedName: string | undefined): string | Verdict;
}

export interface EndpointOptions {
  readonly engine: QuicEngine;
  /** The first one. */
  readonly identity: EndpointIdentity;
  readonly retryTokens: StrangersOptions["retryTokens"];
  readonly instance: { readonly instanceStart: number; readonly instanceId: string };
  readonly deadAfterMs: number;
  readonly renewal: Renewal;
  /** As Math.random. */
  random(): number;
  randomBytes(length: number): Uint8Array;
}

/** Called from within `settle` only. */
export interface EndpointObserver {
  onStatus(status: LinkStatus): void;
  onOfferFailed(offer: FailedOffer): void;
  onPacket(handle: number, packet: Uint8Array, start: number, end: number): void;
  /** An attempt needs the address of a host: answer with `handleResolved`. */
  onResolve(attempt: number, host: string, port: number): void;
}
