/** Bounds of the links that an agent makes, and of what it spends to make them. */

/** Links that an edge keeps, those of its file included. It takes on more where others call. */
export const EDGE_LINKS = 3;
/** An edge with links to several seeds makes so many to other hubs, and then gives up those to seeds but for one … */
export const PLAIN_LINKS = 2;
/** … once the others have been up for so long. */
export const SPARE_MS = 60_000;
/** An edge gives up its link to a seed that has few places at once beside one to another seed, and the last one once so many others have been up for so long. */
export const FULL_SEED_MS = 10_000;
/** Links that a relay or a seed makes to others of its kind: so they hang together, however many there are. */
export const HUB_LINKS = 8;
/** Links of the overlay, whatever the owner permits. */
export const LINKS_MAX = 128;
/** Endpoints of a link in an order: a door takes no more. */
export const ENDPOINTS_MAX = 8;
/** Endpoints of one node that are called in a round. */
export const TRIES = 3;
/** How long one endpoint is called … */
export const CALL_MS = 3_000;
/** … and one that has answered, whose node has not heard of the knock yet. */
export const HEARD_MS = 12_000;
/** The other end of a link that is equal and comes first by its name calls first: it has so long for that. */
export const EQUAL_MS = 5_000;
/** A link that is lost so soon behind a move of this node was lost by that. */
export const MOVED_MS = 30_000;
/** An end that goes on though both call waits so long for the other one to let it in, and so often. */
export const CONFLICT_MS = 1_000;
export const CONFLICTS_MAX = 3;
/** How long a peer that has called is let in, as a link that was lost or as a knock. */
export const LET_IN_MS = 60_000;
/** A knock that is older counts no more: who still wants the link has knocked again (docs/protocol/portal-api.md). */
export const KNOCK_MS = 10_000;
/** A node without any link that is up waits no longer for a peer to call again. */
export const LET_IN_ALONE_MS = 3_000;
/** The order of a call ends so long behind it, if the agent dies meanwhile. */
export const CALL_MARGIN_MS = 2_000;
/** Calls of endpoints, a second and at once: as many seeds are tried at a time. */
export const CALLS_PER_SECOND = 1;
export const CALLS_AT_ONCE = 4;
/** The pause behind a round of calls in vain: it doubles, up to the longest, and is jittered by half: ten minutes at most. */
export const REST_MS = 5_000;
export const REST_MS_MAX = 400_000;
/** The longest pause of a node that has no link at all, behind calls of seeds and of nodes that it knows … */
export const REST_ALONE_MS = 15_000;
/** … or this share of the time for which nobody has answered, where that is more. */
export const ALONE_SHARE = 0.125;
/** A node without a link climbs to the next rung of its ladder when all of one was tried in vain, and at the latest after so long. */
export const RUNG_MS = 10_000;
/** Signs of change have it begin anew no more often than that. */
export const ANEW_MS = 5_000;
/** A node that is on the last rung, and alone for so long, tells people. */
export const ALONE_TOLD_MS = 30_000;
/** Nodes whose endpoints are remembered by which links were up … */
export const WORKED_NODES_MAX = 64;
/** … and endpoints of each, the ones that worked last. */
export const WORKED_OF_ONE_MAX = 4;
/** Octets of such an endpoint, and of the name of its network: records have no longer ones. */
export const WORKED_LENGTH_MAX = 256;
/** A link that stays up has its endpoint remembered anew no more often than that. */
export const WORKED_AGAIN_MS = 3_600_000;
/** A link that was up for so long begins with the shortest pause again. */
export const STEADY_MS = 10_000;
/** Endpoints of which is known how they did, and for how long. */
export const HEALTH_MAX = 64;
export const HEALTH_MS = 600_000;
/** Peers that coordinators have asked to be called, and for how long each: as long as an endpoint that never answered is not called again. */
export const ASKED_MAX = 8;
export const ASKED_MS = 600_000;
/** Such asks that are taken, at once and in a second. */
export const ASKS_AT_ONCE = 4;
export const ASKS_PER_SECOND = 0.1;
/** Candidates at a time: vertices that have called, and that no record names. They have half of the links at most. */
export const CANDIDATES_MAX = 32;
/** Bits per second that a candidate is sent. */
export const CANDIDATE_RATE = 64_000;
/** How long a candidate may stay one. */
export const CANDIDATE_MS = 86_400_000;
/** An order that the door refuses for its links is made without new ones for so long. */
export const HELD_BACK_MS = 60_000;
/** Time between two choices, if nothing happens. */
export const CHOICE_MS = 10_000;
/** Time between two choices, however much happens. */
export const CHOICE_PAUSE_MS = 100;
/** Orders are looked at so often where nothing has changed that they rest on, as clocks are put. */
export const LOOK_MS = 1_000;
/** A relay, entry or seed is crowded from this share of its links on, and until there is less than the other one, in percent … */
export const CROWDED_PERCENT = 75;
export const ROOMY_PERCENT = 60;
/** … or while its processor, its memory or its sockets are as busy as this, until they are less busy than that. */
export const PRESSED_PERCENT = 90;
export const EASED_PERCENT = 75;
/** Time between two changes of what it says. */
export const CROWDED_PAUSE_MS = 60_000;
/** An edge looks for another link when a neighbour has been crowded for so long … */
export const CROWDED_STAY_MS = 30_000;
/** … and this much later at most: a crowded node that is left at once by all has been left by too many. */
export const LEAVE_JITTER_MS = 600_000;
/** Time between two links that an edge gives up for that. */
export const LEAVE_PAUSE_MS = 300_000;
/** While all nodes that let others in have few places, edges give up links for those who have none: those with three or more within so long … */
export const TIGHT_MS = 60_000;
/** … those with two within so long behind that, and none two links within so long … */
export const TIGHT_LAST_MS = 120_000;
export const TIGHT_PAUSE_MS = 30_000;
/** … and for so long at least, and for half as long again at most, they make no more than one link anew. */
export const TIGHT_REST_MS = 1_800_000;
