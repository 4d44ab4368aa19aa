// Bounds of routes: whoever composes and whoever checks hold to the same ones.

/** Links of a route, from the origin to the host. */
export const LINKS_MAX = 8;
/** Nodes whose reports a coordinator holds. */
export const REPORTS_MAX = 16_384;
/** Leases that a coordinator has given and that have not ended. */
export const LEASES_MAX = 65_536;
/** Coordinators whose leases for one host of a service an origin holds, and whose permits a relay does: others find no room until one ends. */
export const COORDINATORS_MAX = 8;
/** The lowest rate of a lease, in kbit/s: an origin that no relay has more room for gets this one. */
export const LEASE_RATE_MIN = 64;
/** A rate for which relays have no room is divided by this one. */
export const RATE_STEP = 4;
/** So many of these steps are made for the sake of a second route: one that is left when the first one fails is worth more than the rate. */
export const SECOND_STEPS = 2;
/** Leases of the rate that was wanted may fill a share up to the first of these parts, in percent, those of a quarter of it up to the second, all lower ones up to the third. */
export const FILL_PERCENT: readonly number[] = [75, 88, 94];
/** Leases of the lowest rate may fill all of it: those that came first, with high rates, leave nobody without a route. */
export const FILL_PERCENT_MIN = 100;
/** A lease may get more than was wanted, up to so many doublings, while each of its relays is then planned to at most one of so many parts of its share. It keeps that until a relay is planned to more than one of so many. */
export const MORE_STEPS_MAX = 4;
export const MORE_PART = 4;
export const MORE_KEPT_PART = 3;

/** Routes of a lease that is renewed give way to others whose primary costs so much less: in percent, and in points, of which a millisecond is 100. */
export const BETTER_PERCENT = 20;
export const BETTER_POINTS = 500;
/** A link that carries no packets of this size, in bytes, is in no route: QUIC needs as much (RFC 9000, 14). */
export const MTU_MIN = 1_200;
/** No link is taken for shorter than this, in microseconds, whatever its ends say: to claim less gains nothing. */
export const ROUND_TRIP_FLOOR = 1_000;
/** Longer ones cost no more, in microseconds. */
export const ROUND_TRIP_CEILING = 2_000_000;
/** A link with more than this rate, in kbit/s, costs no less. */
export const RATE_ENOUGH = 100_000;
/** A processor, a memory or sockets in use up to this share cost nothing, in percent. */
export const LOAD_FREE = 50;
/** Relays of this trust tier or a higher one cost nothing for it. */
export const TIER_ENOUGH = 3;
/** The third and the fourth route of a lease may fill this part of what its first two may, in percent: what is left is for the first two of others. */
export const MORE_ROUTES_PERCENT = 50;

/** A former share of a lease is permitted so long behind the next one, at the lowest rate, in milliseconds: an end may be quiet for as long, and its far end answers by the share that it has heard last. */
export const FORMER_SHARE_MS = 300_000;
/** Sets of permits for one share, and for what has none: where pairs have more kinds of classes, all of them have all. Readers from before shares know no more sets in all. */
export const CLASS_SETS_MAX = 8;
/** Octets of the body of permits, as text: what is around it has room in a letter, too. */
export const PERMITS_SIZE_MAX = 14_336;

/** A relay that has not acknowledged its permits for so long is waited for no longer where another route is ready, in milliseconds. */
export const PATIENCE_MS = 2_000;
/** A lease for which no route is ready then is given up, in milliseconds: behind the mail's own four tries. */
export const ISSUE_MS = 20_000;

/** Leases hold so long while no coordinator answers, in seconds, where the policy says nothing. */
export const HOLD_SECONDS = 3_600;
/** A coordinator of whom nothing was heard for so long is silent, in milliseconds: it makes a beacon each 30 s. */
export const SILENT_MS = 90_000;

/** A route that loses more of its packets from end to end carries badly, in millionths. */
export const ROUTE_LOSS_MAX = 50_000;
/** A doubt of an origin is as bad as a link that has broken so often within an hour. */
export const DOUBT_BREAKS = 100;
/** Doubts that count of one relay. */
export const DOUBTS_MAX = 8;
/** A doubt is forgotten when nothing was added to it for so long, in milliseconds. */
export const DOUBT_MS = 1_200_000;
