/** The links of an agent as its overlay has them: which stand first, and which are those of candidates. Pure. */
import type { OverlayLink } from "../door/overlay.ts";
import type { View } from "../door/view.ts";
import type { Moment } from "../moment.ts";
import type { NodeStanding } from "../records/standing.ts";
import type { KnownPlaces } from "./known-places.ts";
import { CANDIDATE_MS, CANDIDATE_RATE, HEARD_MS, LET_IN_MS } from "./limits.ts";
import { PeerLink } from "./peer-link.ts";

type Candidate = PeerLink & { readonly candidateSince: number };

/** The records on which links rest. */
export interface LinkGrounds extends Pick<KnownPlaces, "seeds"> {
  readonly standingOf: (peer: string) => NodeStanding;
}

/**
 * Orders of links: those that are up stand before others, and candidates and those that rest last, where there is not room for all.
 *
 * @param wall Milliseconds since 1970
 */
export function ordersOf(
  links: Iterable<PeerLink>,
  { standingOf, seeds }: LinkGrounds,
  wall: number,
): readonly OverlayLink[] {
  /** The end of the record on which a link that is up rests: its peer's, or that of the seeds. */
  const longUntil = ({ peer }: PeerLink): number => {
    const standing = standingOf(peer);
    if (standing.kind === "node") return standing.until;
    return seeds.get(peer) ?? Math.ceil(wall / CANDIDATE_MS + 1) * CANDIDATE_MS;
  };
  const weight = (link: PeerLink): number =>
    link.isOrdered ? (link.candidateSince === undefined ? 0 : 2) + (link.phase === "up" ? 0 : 1) : 4;
  const all = [...links].toSorted((a, b) => weight(a) - weight(b));
  return all.flatMap((link) => link.order(longUntil(link), wall) ?? []);
}

/** The orders of links as they were looked at last. */
export class LastOrders {
  #text = "";
  #names: ReadonlySet<string> = new Set();

  /** Takes the orders of now. Returns whether they are others than those before. */
  look(orders: readonly OverlayLink[]): boolean {
    const text = JSON.stringify(orders);
    if (text === this.#text) return false;
    [this.#text, this.#names] = [text, new Set(orders.map(({ name }) => name))];
    return true;
  }

  /** @param link The name of a link */
  has(link: string): boolean {
    return this.#names.has(link);
  }
}

/** Links of vertices that are let in without a record, the oldest first. */
export function candidatesOf(links: Iterable<PeerLink>): readonly Candidate[] {
  return [...links]
    .flatMap((link) => (link.isOrdered && link.candidateSince !== undefined ? [link as Candidate] : []))
    .toSorted((a, b) => a.candidateSince - b.candidateSince);
}

/** The links of an earlier life of this agent, as the overlay has them. */
export function adoptedLinks(view: View, at: Moment): readonly PeerLink[] {
  return (view.overlay.links ?? []).flatMap(({ name, peer, tag = "0", endpoints, rate, until }) => {
    const link = new PeerLink(peer, tag);
    if (until <= at.wall || link.name !== name) return [];
    if (rate === CANDIDATE_RATE) link.candidateSince = at.wall;
    link.adopt(endpoints, until, at);
    return [link];
  });
}

/** Whether the door has links that an agent has made, as far as is known. */
export function hasMadeLinks(view: View | undefined): boolean {
  return view === undefined || (view.overlay.links ?? []).length > 0 || view.links.some(({ overlay }) => overlay);
}

/**
 * The candidate that makes room: one that has not come in the time in which whoever knocks is called for, as it is elsewhere by now; else the oldest, for a node at once, and for another candidate
 * once it has been one for a minute. Undefined: none does.
 *
 * @param candidates The oldest one first
 */
export function evictedOf(candidates: readonly Candidate[], isForNode: boolean, at: Moment): string | undefined {
  const gone = candidates.find(
    ({ phase, phaseEnds }) => phase === "lets-in" && at.now >= phaseEnds - LET_IN_MS + HEARD_MS,
  );
  const [oldest] = candidates;
  const isOld = oldest !== undefined && (isForNode || at.wall >= oldest.candidateSince + LET_IN_MS);
  return (gone ?? (isOld ? oldest : undefined))?.peer;
}
