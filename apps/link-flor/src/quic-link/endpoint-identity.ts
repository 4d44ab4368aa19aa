import { type Clocks, ENDED_SHOWN_MS, type RevocationLists, Term } from "@florenetes/identity";
import { ResetTokens } from "@florenetes/quic";
import type { LinkCredentials } from "../link-protocol.ts";
import type { EndpointIdentity } from "./endpoint-options.ts";
import { verifyVertex } from "./peers/verify-vertex.ts";
import { quicConfig } from "./quic-settings.ts";

/** The part of an identity that stays when the credentials change. */
export interface IdentityScope {
  readonly cluster: string;
  readonly revocations: RevocationLists;
  readonly expiryGraceMs: number;
  /** Undefined: there is no door, and whose certificate has ended is a stranger. */
  readonly endedDoor: object | undefined;
}

/**
 * The identity that the credentials of a vertex stand for.
 *
 * @param credentials One object as long as they do not change: the engine keeps the TLS context with it.
 */
export function endpointIdentity(
  scope: IdentityScope,
  credentials: LinkCredentials,
  readClocks: () => Clocks,
): EndpointIdentity {
  const resetTokens = new ResetTokens(credentials.privateKeyPem, "link");
  const { certificates, validUntil } = credentials;
  const proof = { certificates, term: new Term(validUntil, scope.expiryGraceMs, undefined) };
  const callerEndedMs = scope.endedDoor === undefined ? 0 : ENDED_SHOWN_MS;
  const verifier = { ...scope, credentials, proof, callerEndedMs };
  return {
    ...proof,
    quic: { ...quicConfig(credentials), clientEndedMs: callerEndedMs },
    resetToken: (id) => resetTokens.token(id),
    verifyPeer: (chain, name, pins) => verifyVertex(chain, name, verifier, pins, readClocks()),
  };
}
