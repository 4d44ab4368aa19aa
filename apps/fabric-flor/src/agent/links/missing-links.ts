import type { View } from "../door/view.ts";
import type { KnownPlaces } from "./known-places.ts";
import { CALLS_AT_ONCE, EDGE_LINKS, HUB_LINKS } from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";

/**
 * How many links are to be begun: those that are up or on their way count.
 *
 * @param all The links that the agent makes
 * @param isAlone No link is up at all
 */
export function missingLinks(
  all: Iterable<PeerLink>,
  view: View,
  { isHub, hubs }: Pick<KnownPlaces, "isHub" | "hubs">,
  isAlone: boolean,
): number {
  // Relays and seeds have many links of those whom they let in, and need others of their kind.
  const doesCount = (peer: string): boolean => !isHub || hubs.has(peer);
  const links = [...all].filter(({ candidateSince }) => candidateSince === undefined);
  const own = links.filter(({ peer, isOrdered }) => isOrdered && doesCount(peer)).length;
  const isUp = view.links.filter(({ overlay, state }) => !overlay && state === "up");
  const ofFile = isUp.filter(({ peer }) => doesCount(peer)).length;
  const keeps = isHub ? HUB_LINKS : EDGE_LINKS;
  // Seeds are hints: while nobody answers, more of them are called at a time.
  const goal = isAlone ? Math.max(keeps, CALLS_AT_ONCE) : keeps;
  return goal - own - ofFile;
}

/** Whether a peer lets others in, and is no seed. */
export function isPlainHub(peer: string, { hubs, seeds }: Pick<KnownPlaces, "hubs" | "seeds">): boolean {
  return hubs.has(peer) && !seeds.has(peer);
}

/** Whether an edge has links to seeds alone. Whoever joins calls these: all edges would stay there, and other relays would carry nothing. */
export function hangsOnSeeds(
  all: Iterable<PeerLink>,
  view: View,
  known: Pick<KnownPlaces, "isHub" | "hubs" | "seeds">,
): boolean {
  if (known.isHub) return false;
  const own = [...all].filter(({ isOrdered }) => isOrdered);
  const ofFile = view.links.filter(({ overlay, state }) => !overlay && state === "up");
  return ![...own, ...ofFile].some(({ peer }) => isPlainHub(peer, known));
}
