/** Bounds of what an agent keeps and sends, whoever asks for it. */
import { CHARGE_OPEN, CHARGE_SHUT } from "@florenetes/routes";

/** Octets of an overlay as JSON: with what else is in an order, it stays below the mebibyte that a door takes. */
export const OVERLAY_SIZE_MAX = 1_000_000;
/** Services of this node that its announcement names: as many as a record may have entries in a list. */
export const ANNOUNCED_MAX = 64;
/** Streams of other agents that are served at a time, one for each: as many as a cluster vertex may have links. */
export const SOURCES_MAX = 4_096;
/** Organizations whose records one neighbour is offered: with `entry`, `public` and `papers`, as many sections as a stream may have. */
export const ORGANIZATIONS_MAX = 63;
/** Time between two looks at the board of a log's store, and between two looks at what is due. */
export const LOOK_MS = 2_000;
/** The longest pause behind appends after which the log lacks the same records, in times of `LOOK_MS`. */
export const APPEND_PAUSES_MAX = 64;
/** Such appends in a row after which a problem is told. */
export const VAIN_APPENDS_TOLD = 3;
/** Time between two looks at how old the last checkpoint is, where the node keeps no copy of the log. */
export const WATCH_MS = 30_000;
/** Time after which a proposal that few have signed is followed by another one. */
export const PROPOSAL_MS = 60_000;
/** A proposal that could not be signed is judged again after this time, where that may help. */
export const RETRY_MS = 10_000;
/** Proposals of which a signer remembers what came of them: twice as many as a board may have. */
export const TRIED_MAX = 32;
/** Slots that one turn looks at for what is to be renewed. */
export const SLOTS_A_LOOK = 512;
/** Time for each part of the renewals that are due, where they are more than a post has room for. */
export const PART_MS = 60_000;
/** Nodes that wait for the signatures of programs at a time, whoever has shown them … */
export const JOINS_MAX = 64;
/** … and those of one token beyond those that it is for. */
export const JOINS_A_TOKEN = 3;
/** Joins of the last hour that a program remembers for the budgets of organizations: the oldest are forgotten. */
export const JOINS_COUNTED_MAX = 4_096;
/** Letters with joins that wait at a control node for signatures … */
export const JOINS_HELD_MAX = 64;
/** … for so long: then their senders are told how far they are, and may ask again. */
export const JOIN_HELD_MS = 15_000;
/** Time for the answer to a letter with a join, before it goes another way. */
export const JOIN_ANSWER_MS = 20_000;
/** Joins that go on by mail here, whoever has handed them in … */
export const JOINS_SENT_MAX = 16;
/** … each of them for so long … */
export const JOIN_SENT_MS = 300_000;
/** … and again, where it is asked for, after so long. */
export const JOIN_AGAIN_MS = 5_000;
/** Programs sign the nodes of a token one after the other: each waits so much longer than the one before, which others follow. */
export const TOKEN_TURN_MS = 6_000;
/** Time from when a token was issued, for which a program remembers whom it has let in: far longer than any token lives. */
export const TOKEN_KEPT_MS = 2_592_000_000;
/** Time in which records may come behind a checkpoint that has them, until it is told that it has others. */
export const AGREE_MS = 120_000;
/** Least time between two comparisons of the directory, however fast checkpoints come. */
export const COMPARE_MS = 10_000;
/** Time between two compactions of a log. */
export const COMPACT_MS = 3_600_000;
/** Records of others that are taken for such, and sent on, after a start: room stays for those that are handed in. */
export const LOOKED_BACK_MAX = 32;
/** Records that were handed in here and wait to go on by mail: others go on when these are done with, or after a restart. */
export const HANDED_IN_MAX = 64;
/** Permits of an order that a door takes. */
export const OVERLAY_TRANSIT_MAX = 4_096;
/** Permits whose coordinator is remembered: those that are held, and the ones before them. */
export const PERMITS_REMEMBERED_MAX = 256;
/** Hosts of services for which leases are held: as many as a report may ask for. */
export const LEASED_HOSTS_MAX = 64;
/** Hosts of services for which leases are asked … */
export const USES_MAX = 64;
/** … and so many of each record beyond those in use: the first ones by the node's own choice. */
export const HOSTS_ASKED = 2;
/** So many where a host has failed, and none is proven since, or where none is reached: the first ones may all be in vain. */
export const HOSTS_SOUGHT = 8;
/** The rate that is asked for with each of them, in kbit/s. */
export const LEASE_RATE = 100_000;
/** The rate in reports of a link whose capacity nobody knows, in kbit/s. */
export const REPORTED_RATE = 1_000_000;
/** Octets of the payload of a report beyond which bytes by permits are left out. */
export const REPORT_PAYLOAD_GOOD = 4_096;
/** Octets of a report's payload: with its signature it fits into a letter beside acknowledgements. */
export const REPORT_PAYLOAD_MAX = 14_000;
/** Versions of a report. */
export const VERSIONS_REPORTED = 16;
/** Time between two reports … */
export const REPORT_MS = 60_000;
/** … and after a change. */
export const REPORT_AGAIN_MS = 5_000;
/** A phone takes beacons that say the same no more often, and passes on only those that its neighbours have of nobody else. */
export const PHONE_BEACON_MS = 150_000;
/** A phone at which nothing was done for so long rests … */
export const REST_AFTER_MS = 60_000;
/** … and reports so seldom. */
export const REST_REPORT_MS = 300_000;
/** Such a report lives so long: the longest that its kind may. */
export const REST_REPORT_LIFE_MS = 900_000;
/** How long any other report lives. */
export const REPORT_LIFE_MS = 180_000;
/** Its letters go a moment behind its reports … */
export const REST_LETTER_MS = 302_000;
/** … or so long behind the half of a lease's life, when its coordinator has renewed it … */
export const REST_RENEWED_MS = 30_000;
/** … and again after so long while it has not. */
export const REST_AGAIN_MS = 60_000;
/** A phone at rest looks so often whether something is done again. */
export const REST_LOOK_MS = 15_000;
/** How long a profile lives: the longest that its kind may. */
export const PROFILE_LIFE_MS = 900_000;
/** Charges in percent at which a gate of a phone opens or shuts: a profile tells at once that one was passed. */
export const CHARGE_STEPS: readonly number[] = [CHARGE_SHUT, CHARGE_OPEN];
/** Coordinators of one partition that a node writes to. */
export const COORDINATORS_ASKED_MAX = 8;
/** Letters to one of them that may be sent at once. */
export const LETTERS_BURST = 8;
/** Acknowledgements of one letter. */
export const ACKNOWLEDGED_AT_ONCE = 16;
/** Slots of one kind whose change the index of records in force remembers; beyond, all of the kind are looked at again. */
export const SLOTS_CHANGED_MAX = 1_024;
/** Letters of the program beside the node that wait for answers: those of the agent have the other places. */
export const PROGRAM_SENT_MAX = 16;
/** Time for the answer to one, before it goes another way. */
export const PROGRAM_ANSWER_MS = 10_000;
/** Letters for the program that wait for it, of all senders … */
export const PROGRAM_HELD_MAX = 64;
/** … and of one … */
export const PROGRAM_HELD_OF_ONE_MAX = 8;
/** … each for so long until the program asks for it, and as long again until it answers: before it is sent once more. */
export const PROGRAM_HELD_MS = 4_000;
/** A program that has not asked for letters for so long is not there. */
export const ATTENDED_MS = 30_000;
