import { IdentityError, verifyPeer } from "@florenetes/identity";
import type { QuicConfig } from "@florenetes/quic";
import type { LinkCredentials, RevocationLists } from "../link-protocol.ts";
import {
  activeConnectionIdLimit,
  applicationProtocol,
  engineQueueMax,
  engineReceiveQueueMax,
  idleTimeoutMs,
} from "./limits.ts";
import { type Reason, reasons, type Verdict, verdict } from "./reasons.ts";
import { ownRevocationOf } from "./revocation.ts";
import type { VerifiedVertex } from "./session-types.ts";

/** What all connections of links have in common. */
export type CommonConfig = Omit<QuicConfig, "receivePayloadMax" | "sendPayloadMax">;

/** For connections whose packets are of that size: made for larger ones, quiche takes round trips for longer than they are. */
export function sizedConfig(config: CommonConfig, payloadMax: number): QuicConfig {
  return { ...config, receivePayloadMax: payloadMax, sendPayloadMax: payloadMax };
}

export function quicConfig(credentials: LinkCredentials): CommonConfig {
  return {
    credentials,
    applicationProtocol,
    idleTimeoutMs,
    // One more than we put in: an answer to a probe may come on top.
    datagrams: { receiveQueueMax: engineReceiveQueueMax, sendQueueMax: 2 * engineQueueMax },
    // The control stream is all there is.
    streams: { connectionWindow: 16_384, streamWindow: 16_384, streamWindowMax: 16_384, bidirectionalMax: 1 },
    activeConnectionIdLimit,
    // With the others, round trips are mistaken after losses (docs/quic.md).
    congestionControl: "bbr",
  };
}

/** The vertex that a certificate chain stands for, or why it does not do. */
export function verifyVertex(
  chain: readonly Uint8Array[],
  name: string | undefined,
  own: { readonly cluster: string; readonly credentials: LinkCredentials; readonly revocations: RevocationLists },
  at: Date,
): VerifiedVertex | Verdict {
  const ownRevoked = ownRevocationOf(own.credentials.certificates, own.revocations);
  if (ownRevoked !== undefined) return ownRevoked;
  try {
    const expected = {
      trustBundlePem: own.credentials.trustBundlePem,
      cluster: own.cluster,
      kinds: ["vertex"] as const,
      revocations: own.revocations,
    };
    const verified = verifyPeer(chain, name === undefined ? expected : { ...expected, name }, at);
    return { ...verified, name: verified.principal.name };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return verdict(reasonOfIdentityError(error), `the other end's certificate: ${error.message}`);
  }
}

function reasonOfIdentityError(error: IdentityError): Reason {
  switch (error.code) {
    case "ERR_IDENTITY_WRONG_CLUSTER":
      return reasons.wrongCluster;
    case "ERR_IDENTITY_WRONG_KIND":
      return reasons.wrongKind;
    case "ERR_IDENTITY_WRONG_NAME":
      return reasons.wrongName;
    case "ERR_IDENTITY_REVOKED":
      return reasons.revoked;
    case "ERR_IDENTITY_REVOCATION_MISSING":
    case "ERR_IDENTITY_REVOCATION_EXPIRED":
      return reasons.revocationUnknown;
    default:
      return reasons.certificateRefused;
  }
}
