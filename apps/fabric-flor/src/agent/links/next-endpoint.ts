/** Which endpoint of a peer is called next. Pure. */
import type { Health } from "./endpoint-health.ts";
import type { PeerLink } from "./peer-link.ts";
import type { RankedEndpoint } from "./ranking.ts";

export interface CallGrounds {
  /** All endpoints that may be called, the best one first. */
  readonly ranked: readonly RankedEndpoint[];
  readonly healthOf: (endpoint: string) => Health;
  /** This node has no link that is up. */
  readonly isAlone: boolean;
}

/** The best endpoint of a peer that may be called, which is the one at which it was seen; undefined: there is none. */
export function nextEndpoint(link: PeerLink, grounds: CallGrounds): RankedEndpoint | undefined {
  const all = grounds.ranked.filter((each) => each.node === link.peer && mayCall(each, link, grounds));
  return all.find(({ endpoint }) => endpoint === link.seen) ?? all[0];
}

/**
 * Whether an endpoint may be called in this round. Anybody may announce the address of somebody else: one that has never answered is not called again while it is
 * remembered, but for seeds, and by a node that has no other link.
 */
function mayCall(
  { endpoint, sort }: RankedEndpoint,
  { tried, proven }: PeerLink,
  { healthOf, isAlone }: CallGrounds,
): boolean {
  if (tried.has(endpoint)) return false;
  const { failures, hasWorked } = healthOf(endpoint);
  return failures === 0 || hasWorked || proven.has(endpoint) || sort === "seed" || isAlone;
}
