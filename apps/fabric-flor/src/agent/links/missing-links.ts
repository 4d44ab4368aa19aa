import type { View } from "../door/view.ts";
import type { KnownPlaces } from "./known-places.ts";
import { peersInUse } from "./crowded-hubs.ts";
import { CALLS_AT_ONCE, EDGE_LINKS, FULL_SEED_MS, HUB_LINKS, PLAIN_LINKS, SPARE_MS } from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";

/** Why a node makes more links, or fewer. */
export interface LinkNeeds {
  /** No link is up at all. */
  readonly isAlone: boolean;
  /** The node leaves places to others, and has one link or none by its own choice. */
  readonly leavesRoom: boolean;
  /** Nodes that are called beside hubs; undefined: the node has no record in force, and any link counts. */
  readonly kept: ReadonlySet<string> | undefined;
}

/**
 * How many links are to be begun: those that are up or on their way count, where they lead to nodes that are called for more than for having been called.
 *
 * @param all The links that the agent makes
 */
export function missingLinks(
  all: Iterable<PeerLink>,
  view: View,
  { isHub, hubs }: Pick<KnownPlaces, "isHub" | "hubs">,
  { isAlone, leavesRoom, kept }: LinkNeeds,
): number {
  const isAny = !isHub && (isAlone || leavesRoom || kept === undefined);
  // Relays and seeds have many links of those whom they let in, and need others of their kind.
  const doesCount = (peer: string): boolean => isAny || hubs.has(peer) || (!isHub && kept?.has(peer) === true);
  const links = [...all].filter(({ isOrdered, candidateSince }) => isOrdered && candidateSince === undefined);
  const others = links.filter(({ peer, endpoint }) => !doesCount(peer) && endpoint !== undefined).length;
  // Links to nodes that are no relays any more stay: there are not more and more of them.
  const beyond = isHub ? 0 : Math.max(0, others - EDGE_LINKS);
  const own = links.filter(({ peer }) => doesCount(peer)).length + beyond;
  const ofFile = upInFile(view).filter(({ peer }) => !isHub || hubs.has(peer)).length;
  const keeps = isHub ? HUB_LINKS : leavesRoom ? 1 : EDGE_LINKS;
  // Seeds are hints: while nobody answers, more of them are called at a time.
  const goal = isAlone ? Math.max(keeps, CALLS_AT_ONCE) : keeps;
  return goal - own - ofFile;
}

/** Whether a peer lets others in, and is no seed. */
export function isPlainHub(peer: string, { hubs, seeds }: Pick<KnownPlaces, "hubs" | "seeds">): boolean {
  return hubs.has(peer) && !seeds.has(peer);
}

/**
 * How many links an edge lacks to hubs that are no seeds. Whoever joins calls seeds: edges that stayed there would keep others out, and other relays would carry
 * nothing.
 */
export function plainHubsMissing(
  all: Iterable<PeerLink>,
  view: View,
  known: Pick<KnownPlaces, "isHub" | "hubs" | "seeds">,
): number {
  if (known.isHub) return 0;
  const own = [...all].filter(({ isOrdered }) => isOrdered);
  const plain = plainHubsAmong(own, view, known);
  return (own.filter(({ peer }) => known.seeds.has(peer)).length > 1 ? PLAIN_LINKS : 1) - plain;
}

/**
 * The link to a seed that an edge gives up, as it has enough links to other hubs and another one to a seed; undefined: there is none. Where the seed has few places, another link to a seed is
 * enough, or enough links to other hubs: whoever joins knows of seeds alone, and would find none that lets it in.
 *
 * @param kept Nodes whose links stay
 * @param ranked Nodes, the best one first: the last one of them is given up
 * @param now Monotonic milliseconds
 */
export function spareSeed(
  all: Iterable<PeerLink>,
  view: View,
  known: Pick<KnownPlaces, "isHub" | "hubs" | "seeds" | "fullSeeds">,
  { kept, ranked }: { readonly kept: ReadonlySet<string>; readonly ranked: readonly string[] },
  now: number,
): PeerLink | undefined {
  if (known.isHub) return undefined;
  const up = [...all].filter(({ phase, candidateSince }) => phase === "up" && candidateSince === undefined);
  const upFor = (ms: number): readonly PeerLink[] => up.filter((link) => link.upForMs(now) >= ms);
  const seeds = up.filter(({ peer }) => known.seeds.has(peer));
  const hasOther = seeds.length > 1;
  const areAllSpare = hasOther && plainHubsAmong(upFor(SPARE_MS), view, known) >= PLAIN_LINKS;
  const areFullSpare = hasOther || plainHubsAmong(upFor(FULL_SEED_MS), view, known) >= PLAIN_LINKS;
  const inUse = peersInUse(view);
  const isSpare = (peer: string): boolean =>
    areAllSpare || (areFullSpare && known.fullSeeds.has(peer) && !inUse.has(peer));
  const rank = ({ peer }: PeerLink): number => ranked.indexOf(peer);
  return seeds
    .filter(({ peer }) => !kept.has(peer) && isSpare(peer))
    .toSorted((a, b) => rank(a) - rank(b))
    .at(-1);
}

/** Seeds that an edge with a link calls no more, and lets go of where it does: they have few places. */
export function seedsToLeave(
  known: Pick<KnownPlaces, "isHub" | "fullSeeds">,
  { isAlone, kept }: Pick<LinkNeeds, "isAlone" | "kept">,
): ReadonlySet<string> {
  if (known.isHub || isAlone) return NONE;
  return new Set([...known.fullSeeds].filter((name) => kept?.has(name) !== true));
}

const NONE: ReadonlySet<string> = new Set();

/** How many of these links, and of those of the file, are with hubs that are no seeds. */
function plainHubsAmong(own: readonly PeerLink[], view: View, known: Pick<KnownPlaces, "hubs" | "seeds">): number {
  return [...own, ...upInFile(view)].filter(({ peer }) => isPlainHub(peer, known)).length;
}

function upInFile({ links }: View): View["links"] {
  return links.filter(({ overlay, state }) => !overlay && state === "up");
}

/** Whether no link is up at all, also none of the file. Candidates have called, and may be anybody. */
export function isAlone(view: View | undefined, links: ReadonlyMap<string, Pick<PeerLink, "candidateSince">>): boolean {
  const isOther = (peer: string): boolean => links.get(peer)?.candidateSince !== undefined;
  return view?.links.every(({ state, peer, overlay }) => state === "down" || (overlay && isOther(peer))) ?? true;
}
