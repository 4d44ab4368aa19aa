/**
 * Ends sessions whose certificates are not fit any more: a revocation list names one, or one has ended. It is looked at in a
 * handshake, when the lists change, and once a second; never for a packet.
 */
import { type Clocks, EXPIRY_LOOK_MS } from "@florenetes/identity";
import type { RevocationLists } from "../../link-protocol.ts";
import type { EndpointIdentity } from "../endpoint-options.ts";
import type { WantedLinks } from "../links/wanted-links.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import type { SessionSlot } from "../links/session-slot.ts";
import type { Proof } from "../sessions/session-types.ts";

/** Why this end may have no sessions with these certificates of its own. */
export function ownRefusalOf(own: Proof, lists: RevocationLists, at: Clocks): Verdict | undefined {
  const revoked = lists.findRevoked(own.certificates);
  if (revoked !== undefined) {
    return verdict(reasons.ownRevoked, `this end's own certificate (serial ${revoked.serial}) has been revoked`);
  }
  if (!own.term.isOver(at)) return undefined;
  return verdict(reasons.ownExpired, `this end's own certificate has ended at ${own.term.until.toISOString()}`);
}

export interface JudgementOptions {
  readonly revocations: RevocationLists;
  readonly sessions: Iterable<SessionSlot>;
  readonly links: WantedLinks;
  wallClock(): Date;
}

/** Ends sessions whose certificates are not fit any more. */
export class Judgement {
  readonly #options: JudgementOptions;
  #nextLookAt: number;

  constructor(options: JudgementOptions, now: number) {
    this.#options = options;
    this.#nextLookAt = now;
  }

  /** Looks at the certificates of this end and of all sessions. Those of the former identity count for themselves. */
  judge(identity: EndpointIdentity, now: number): void {
    const { links, revocations, sessions } = this.#options;
    const at = { wall: this.#options.wallClock(), monotonic: now };
    this.#nextLookAt = now + EXPIRY_LOOK_MS;
    links.handleOwnRefusal(ownRefusalOf(identity, revocations, at), now);
    for (const slot of sessions) {
      if (slot.session.state === "closed") continue;
      const why = this.#peerRefusalOf(slot, at) ?? this.#ownRefusalOf(slot, at);
      if (why !== undefined) slot.close(why);
    }
  }

  handleTimeout(identity: EndpointIdentity, now: number): void {
    if (now >= this.#nextLookAt) this.judge(identity, now);
  }

  nextTimeout(): number {
    return this.#nextLookAt;
  }

  #peerRefusalOf(slot: SessionSlot, at: Clocks): Verdict | undefined {
    const { peer } = slot.session;
    if (peer === undefined) return undefined;
    const revoked = this.#options.revocations.findRevoked(peer.certificates);
    if (revoked !== undefined) {
      return verdict(reasons.revoked, `the other end's certificate (serial ${revoked.serial}) has been revoked`);
    }
    if (slot.isReplaced || !peer.term.isOver(at)) return undefined;
    return verdict(reasons.expired, `the other end's certificate has ended at ${peer.term.until.toISOString()}`);
  }

  #ownRefusalOf(slot: SessionSlot, at: Clocks): Verdict | undefined {
    const why = ownRefusalOf(slot.identity, this.#options.revocations, at);
    return why?.reason === reasons.ownExpired && slot.isReplaced ? undefined : why;
  }
}
