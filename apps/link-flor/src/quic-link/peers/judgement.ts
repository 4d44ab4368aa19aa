/**
 * Ends sessions whose certificates are not fit any more: a revocation list names one, pins name other keys, or
 * one has ended. Certificates are judged in a handshake, when lists or pins change, and once a second; never for a packet.
 */
import {
  EXPIRY_LOOK_MS,
  findRevocation,
  findUnfitness,
  findWrongKey,
  type RevocationLists,
  type Unfitness,
} from "@florenetes/identity";
import { nextRound } from "@florenetes/scheduling";
import type { EndpointIdentity } from "../endpoint-options.ts";
import type { WantedLinks } from "../links/wanted-links.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import type { SessionSlot } from "../links/session-slot.ts";

/** The verdict on a session whose certificates are not fit. */
export function verdictOf({ why, isOwn, text }: Unfitness): Verdict {
  if (why === "revoked") return verdict(isOwn ? reasons.ownRevoked : reasons.revoked, text);
  if (why === "wrongKey") return verdict(reasons.wrongKey, text);
  return verdict(isOwn ? reasons.ownExpired : reasons.expired, text);
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

  /** Judges the certificates of this end and of all sessions. A session that was made with a former identity is judged by that one. */
  judge(identity: EndpointIdentity, now: number): void {
    const { links, revocations, sessions } = this.#options;
    const at = { wall: this.#options.wallClock(), monotonic: now };
    this.#nextLookAt = nextRound(now, EXPIRY_LOOK_MS);
    const unfit = findUnfitness({ own: identity }, revocations, at);
    links.handleOwnRefusal(unfit && verdictOf(unfit), now);
    for (const slot of sessions) {
      if (slot.session.state === "closed") continue;
      const proofs = { own: slot.identity, peer: slot.session.peer };
      const pinned = proofs.peer && links.pins.ofVertex(proofs.peer.name);
      // A session that was replaced goes on for its last packets although a certificate has ended; a revocation or a wrong key ends it. A session
      // that has not said yet what it is for may be a visit, too: before a link it is looked at. No vertex has the name of what is none.
      const isEndTaken = slot.isReplaced || slot.isVisit || slot.session.peer?.visitsAlone !== undefined;
      const why = isEndTaken
        ? (findRevocation(proofs, revocations) ?? findWrongKey(proofs.peer, pinned))
        : findUnfitness(proofs, revocations, at, pinned);
      if (why !== undefined) slot.close(verdictOf(why));
    }
  }

  handleTimeout(identity: EndpointIdentity, now: number): void {
    const isChanged = this.#options.links.pins.takeChange();
    if (isChanged || now >= this.#nextLookAt) this.judge(identity, now);
  }

  nextTimeout(): number {
    return this.#nextLookAt;
  }
}
