import { RateLimit } from "@florenetes/scheduling";
import {
  VISITORS_REMEMBERED,
  VISITS_BURST,
  VISITS_EACH_BURST,
  VISITS_EACH_MAX,
  VISITS_EACH_PER_SECOND,
  VISITS_MAX,
  VISITS_PER_SECOND,
} from "../limits.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import type { OpenDoor, VisitEvent } from "./visit.ts";

/** A session whose peer visits. */
interface Visitor {
  isVisit: boolean;
  /** Its session counts packets that came, though it carries no link. */
  readonly session: { figures(): { readonly drops: { readonly beforeUp: number } } };
  handleNews(): void;
  close(why: Verdict): void;
}

/**
 * The visits of one cluster that are under way. Whoever holds a key that the cluster has certified can visit, and nobody else: so a principal has a
 * few places, and all together have some more. The rate is shared in the same way.
 */
export class Visits {
  /** Packets of visits that are over: none of them went anywhere. */
  packetsDropped = 0;
  #isClosed = false;
  /** Names of those who visit. */
  readonly #peers = new Map<Visitor, string>();
  readonly #rate = new RateLimit(VISITS_BURST, VISITS_PER_SECOND);
  /** Rates of principals; the principal that came last stands last. */
  readonly #rates = new Map<string, RateLimit>();

  /** Lets a visitor in, or closes its session; returns whether it is let in. `now` in monotonic milliseconds. */
  answer(visitor: Visitor, { peer, begin }: VisitEvent, open: OpenDoor, now: number): boolean {
    const ofPeer = [...this.#peers.values()].filter((each) => each === peer).length;
    if (this.#isClosed) {
      visitor.close(verdict(reasons.stopping));
      return false;
    }
    const isRoom = this.#peers.size < VISITS_MAX && ofPeer < VISITS_EACH_MAX;
    if (!isRoom || !this.#rateOf(peer).take(now) || !this.#rate.take(now)) {
      visitor.close(verdict(reasons.overloaded, "too many visits are under way"));
    } else if (!begin(open, () => visitor.handleNews())) {
      visitor.close(verdict(reasons.notWanted, "there is no door for visitors"));
    } else {
      visitor.isVisit = true;
      this.#peers.set(visitor, peer);
      // More may have come with the VISIT than the reader of messages has room for.
      visitor.handleNews();
    }
    return visitor.isVisit;
  }

  /** Ends all visits, and lets nobody in any more: nobody moves their bytes from now on. */
  close(): void {
    this.#isClosed = true;
    for (const visitor of this.#peers.keys()) visitor.close(verdict(reasons.stopping));
  }

  #rateOf(peer: string): RateLimit {
    const rate = this.#rates.get(peer) ?? new RateLimit(VISITS_EACH_BURST, VISITS_EACH_PER_SECOND);
    this.#rates.delete(peer);
    this.#rates.set(peer, rate);
    for (const oldest of this.#rates.keys()) {
      if (this.#rates.size <= VISITORS_REMEMBERED) break;
      this.#rates.delete(oldest);
    }
    return rate;
  }

  /** Gives the place of a visit back, if it has one. */
  free(visitor: Visitor): void {
    if (this.#peers.delete(visitor)) this.packetsDropped += visitor.session.figures().drops.beforeUp;
  }
}
