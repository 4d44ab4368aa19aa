// Limits that native/ has as well: native/declaration/limits says what they are.
export { LINKS_MAX, TRANSIT_ROWS_PER_REPORT } from "./generated/limits.ts";

/** The versions of the protocol that this package speaks. */
export const PROTOCOL_VERSION_MIN = 1;
export const PROTOCOL_VERSION_MAX = 1;

/** A heartbeat goes out this often. The port looks for its partner more often, without waking it up. */
export const HEARTBEAT_INTERVAL_MS = 300;
/** While all links of a portal are quiet, a heartbeat goes out this often: the device that they spare is to sleep … */
export const QUIET_HEARTBEAT_INTERVAL_MS = 2_000;
/** … once heartbeats have said so for this long. */
export const PACE_KEPT_MS = 3_000;
/** A partner that has said nothing for this long is taken for gone. */
export const SILENT_AFTER_MS = 1_000;
/** A partner with a slower pace may miss as many heartbeats. */
export const SILENT_AFTER_INTERVALS = 3;
/** How late a process may look at a deadline before it takes itself, and not its partner, for away. */
export const LATE_AFTER_MS = 100;
/** How long a process that was away listens before it judges a deadline. */
export const GRACE_MS = 100;
/** How often a late process may wait so: a machine that is always late must judge at some time. */
export const GRACES_MAX = 10;
/** How long links are kept without a cluster vertex: three times what one needs to start on a busy machine, where 3.3 s were seen. A neighbour
 *  sends into a black hole for no longer. */
export const ABANDONED_AFTER_MS = 10_000;
/** How long links, and a label table, of an earlier attachment are kept under a new one without a new OpenLink or a confirmation: the
 *  cluster vertex is there, so that links that it does not want any more end soon. */
export const UNCLAIMED_AFTER_MS = 3_000;

/** An unanswered Attach or Detach is repeated after this long; a refused Attach after the other. */
export const ATTACH_INTERVAL_MS = 100;
export const ATTACH_REFUSED_INTERVAL_MS = 1_000;
/** An unanswered request about a link is repeated after the first, doubled each time up to the second. */
export const REQUEST_INTERVAL_MS = 100;
export const REQUEST_INTERVAL_MS_MAX = 1_000;
/** Requests about links that wait for their answers at a time; the others wait for their turn. */
export const REQUESTS_IN_FLIGHT_MAX = 32;
/** Link states that were not acknowledged are told again after this long, or after the other when a heartbeat shows the gap. */
export const STATES_INTERVAL_MS = 150;
export const STATES_INTERVAL_MS_MIN = 50;
/** Link states, and links' statistics, in one message: a message with the longest texts still fits into a frame. */
export const LINKS_PER_MESSAGE_MAX = 16;

/** Every link carries packets of this size … */
export const LINK_MTU_MIN = 1_280;
/** … and none carries larger ones than this: a DATA frame holds no more. */
export const LINK_MTU_MAX = 64_990;
/** The longest quiet of a link, in seconds: a longer one that a link vertex tells is taken for this. */
export const QUIET_SECONDS_MAX = 300;
/** Questions about peers that are answered at once, and in a second: an answer costs a millisecond or two, and strangers can cause questions. */
export const JUDGEMENTS_BURST = 64;
export const JUDGEMENTS_PER_SECOND = 50;
/** The most bytes that are signed at once: a hash, as a rule. */
export const SIGNED_SIZE_MAX = 64;
/** Signatures that a link vertex makes, at once and in a second: each costs about a tenth of a millisecond. */
export const SIGNATURES_BURST = 128;
export const SIGNATURES_PER_SECOND = 64;
/** A request for a signature is repeated after the first, and given up after the second. */
export const SIGN_INTERVAL_MS = 100;
export const SIGN_ASKED_MS = 250;
/** Requests for signatures that wait for their answers at a time. */
export const SIGN_REQUESTS_MAX = 64;
/** Closed links whose last request is remembered, so that a late older one does nothing. */
export const CLOSED_LINKS_MAX = 1_024;

/** Most code points of an instance ID, of a name of a peer and of a tag. */
export const INSTANCE_ID_LENGTH_MAX = 64;
export const PEER_LENGTH_MAX = 255;
export const TAG_LENGTH_MAX = 64;
/** Code points of a SPIFFE ID. */
export const PRINCIPAL_LENGTH_MAX = 512;
export const ENDPOINT_LENGTH_MAX = 1_024;
/** Keys that a link may pin: as many as a node may announce (docs/protocol/facts.md), which says not which of them is the vertex's. */
export const PINS_MAX = 64;
/** Addresses of peers: 16 of the longest fit into a message, beside the longest names. */
export const ADDRESS_LENGTH_MAX = 255;
export const CODE_LENGTH_MAX = 64;
export const TEXT_LENGTH_MAX = 256;
export const FEATURES_MAX = 64;

/** Changes of a label table in one message. A change that names a link counts for `TRANSIT_LINK_WEIGHT`: 16 of them fit with the longest names. */
export const TRANSIT_CHANGES_PER_MESSAGE = 512;
export const TRANSIT_LINK_WEIGHT: number = TRANSIT_CHANGES_PER_MESSAGE / LINKS_PER_MESSAGE_MAX;
/** Parts of a table that may be in flight: so a large table neither fills the socket nor keeps packets waiting. */
export const TRANSIT_PARTS_MAX = 4;
/** Most changes that may make a table whole: four million labels, and as much again for links and pairs. */
export const TRANSIT_CHANGES_MAX: number = 8 * 1024 * 1024;
/** How often a link vertex has a report, where heartbeats do not set the pace. */
export const TRANSIT_REPORT_INTERVAL_MS = 1_000;
