// Bounds and times of a coordinator: docs/protocol/fabric-routes.md has them.

/** Life of leases and permits: the longest that their kinds may have. Both are renewed at half of it. */
export const LIFE_MS = 600_000;
/** The graph is made anew so long after a link, a role or a node has come or gone, and for a lease that is composed so long after figures alone have changed: each node tells them once a minute. */
export const GRAPH_MS = 100;
export const FIGURES_MS = 10_000;
/** Time between two looks at what is due by the time alone. */
export const LOOK_MS = 1_000;
/** Leases that are composed in one turn of the process. */
export const COMPOSED_A_TURN = 8;
/** The coordinator looks so often whether there is something safer than a lease, and so soon after it was given, and behind the last time where its origin has doubts: routes change no sooner by choice. */
export const SAFER_MS = 30_000;
export const CHANGE_MS = 10_000;
/** A lease is composed no sooner behind the last time, also where a route of it has died, or where there was none to be had. */
export const AGAIN_MS = 1_000;
/** A relay gets permits at most once in so long: those of leases that are composed meanwhile go together. */
export const PERMITS_MS = 250;
/** Permits are looked at so often for pairs that no lease needs any more. */
export const PAIRS_MS = 10_000;
/** A relay that has refused permits, left a pair out or not answered is in no new lease for so long. */
export const AVOID_MS = 60_000;
/** A coordinator that has just started, and hears of leases that it does not know, hears for so long before it permits anything: its permits take the place of those from before. */
export const START_MS = 60_000;
/** Leases of one origin that are to be renewed within so long are renewed together. */
export const TOGETHER_MS = 60_000;
/** Leases are renewed at full multiples of this on the clock: a relay that needs other permits for some of them is given them once. */
export const RENEWED_MS = 10_000;
/** Leases that have ended while the coordinator was away are renewed so long before that: their origins give it 90 s. */
export const HELD_EARLIER_MS = 30_000;
/** Sent permits and leases of which an acknowledgement is told apart from others: the last ones of a slot. */
export const SENT_MAX = 4;
/** A record that is not acknowledged is sent again after so long, and so often in all. */
export const SEND_AGAIN_MS = 5_000;
export const SENDS_MAX = 4;
/** An announcement that says something else of the services of a host is sent so often to their users: nobody acknowledges it, and it goes with the next lease, too. */
export const TELLS = 2;
/** A guest is told no sooner than so long behind the last time that a host says something else again: one that changes its mind all the time costs no more. */
export const TELL_MS = 10_000;
/** Hosts of which is kept what a guest was told: as many as its report may ask for. */
export const GUEST_HOSTS_MAX = 64;
/** Permits that a relay does not hold, by its report, are given again no sooner than so long behind the last time that it spoke of them, or was given them: the report may be older. */
export const LOST_MS = 10_000;
/** Letters of one node, at once and each second. */
export const LETTERS_BURST = 8;
export const LETTERS_PER_SECOND = 1;
/** Nodes that a coordinator knows by their letters: one that was silent for so long, which is twice the pause of a phone at rest, is forgotten. */
export const GUESTS_MAX = 16_384;
export const GUEST_MS = 660_000;
/** Nodes that one node is asked to call, and how long none of them is named again: more than an answer may name would be lost. */
export const CALLS_ASKED_MAX = 8;
export const CALLS_ASKED_MS = 600_000;
/** Papers of a host that go with a lease. */
export const HOST_PAPERS_MAX = 8;
/** Organizations that have a share of their own in one hour: a pair of links has allowances for no more. */
export const SHARED_MAX = 64;
/** Numbers that are drawn for one share, until one is found that nobody has: of 4,095 few are in use. */
export const SHARE_TRIES_MAX = 256;
/** Octets of the secret behind shares. */
export const SHARE_SECRET_SIZE = 32;
