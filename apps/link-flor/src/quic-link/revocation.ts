/** What revocation lists say of sessions. Everything here is asked at a handshake or when the lists change, never for a packet. */
import type { CertificateId } from "@florenetes/identity";
import type { RevocationLists } from "../link-protocol.ts";
import { reasons, type Verdict, verdict } from "./reasons.ts";
import type { SessionSlot } from "./session-slot.ts";

/** Why this end may have no sessions with these certificates of its own; undefined: no list names one of them. */
export function ownRevocationOf(certificates: readonly CertificateId[], lists: RevocationLists): Verdict | undefined {
  const revoked = lists.findRevoked(certificates);
  if (revoked === undefined) return undefined;
  return verdict(reasons.ownRevoked, `this end's own certificate (serial ${revoked.serial}) has been revoked`);
}

/** Those of the sessions that were made with a certificate that a list names, the peer's or our own, each with its reason to end. */
export function* findRevokedSessions(
  sessions: Iterable<SessionSlot>,
  lists: RevocationLists,
): Generator<readonly [SessionSlot, Verdict]> {
  for (const slot of sessions) {
    if (slot.session.state === "closed") continue;
    const why =
      peerRevocationOf(slot.session.peer?.certificates ?? [], lists) ??
      ownRevocationOf(slot.identity.certificates, lists);
    if (why !== undefined) yield [slot, why];
  }
}

function peerRevocationOf(certificates: readonly CertificateId[], lists: RevocationLists): Verdict | undefined {
  const revoked = lists.findRevoked(certificates);
  if (revoked === undefined) return undefined;
  return verdict(reasons.revoked, `the other end's certificate (serial ${revoked.serial}) has been revoked`);
}
