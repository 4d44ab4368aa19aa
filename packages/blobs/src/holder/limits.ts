/** Milliseconds for which what an agent has told goes on for writers, where it answers no more. */
export const UNTOLD_WRITES_MS = 900_000;
/** Milliseconds for which a shard stays that no live entry names, or that no longer belongs here. */
export const UNNAMED_KEPT_MS = 86_400_000;
/** Shards of one collection without a name of which a holder remembers when they lost it. */
export const UNNAMED_MAX = 262_144;
/** Nodes that held the collection by earlier records and are asked for shards that are missing. */
export const FORMER_HOLDERS_MAX = 32;

/** Milliseconds for which a holder whose names began anew waits for others before it goes by a mere majority. */
export const YOUNG_MS = 120_000;
/** Pages of changes that one turn reads of each other holder. */
export const SYNC_PAGES_MAX = 64;
/** Milliseconds after its last whole answer for which a holder counts as one that has told all. */
export const HEARD_MS = 150_000;
/** Milliseconds after which whoever wrote an entry has given up: it is at a majority, or never was acknowledged. */
export const SETTLED_MS = 600_000;
/** Open names that one turn looks at. */
export const OPEN_NAMES_MAX = 4_096;
/** Entries that one turn asks for, so as to adopt them. */
export const FETCHED_ENTRIES_MAX = 2_048;
/** Questions to other holders that one turn has under way. */
export const ASKED_AT_ONCE = 4;
/** Milliseconds over which what one holder alone tells is counted. */
export const ALONE_WINDOW_MS = 86_400_000;
/** Names that are adopted within that time on the word of one holder alone. */
export const ALONE_NAMES_MAX = 16_384;
/** The part of the collection's budget that is adopted within that time on the word of one holder alone: 1 of so many. */
export const ALONE_BUDGET_PART = 16;
/** How much dearer an entry is of which it is certain that its writer had no answer. */
export const UNACKNOWLEDGED_PRICE = 16;

/** Milliseconds within which a question to another holder is answered, however little of the answer comes at a time; those that carry shards have more. */
export const QUESTION_MS = 30_000;
/** Milliseconds for which a holder that took longer is asked for nothing but its changes. */
export const SLOW_MS = 600_000;
/** Milliseconds for which one turn goes on to ask others for more pages, and then for entries. */
export const SYNC_READ_MS = 30_000;

/** Shards that one turn of repair looks at. */
export const REPAIR_SHARDS_MAX = 256;
/** Milliseconds within which repair has looked at all shards. */
export const REPAIR_ROUND_MS = 3_600_000;
/** Shards that are pulled before all others. */
export const WANTED_SHARDS_MAX = 1_024;
/** Milliseconds for which a holder that had no room, or took a shard too slowly, is asked to take nothing. */
export const FULL_MS = 600_000;
/** Octets below which a disk has no room for repair. */
export const ROOM_MIN = 8_388_608;

/** Challenges in a row of which a holder fails all shards before it counts as one that keeps nothing. */
export const FAILED_CHALLENGES_MAX = 2;
/** Challenges in a row that a holder may leave without an answer, or put off as it is busy, while it answers other questions; more of them are failed. */
export const EVADED_CHALLENGES_MAX = 6;
/** Milliseconds for which a shard has to be here before another holder is challenged on it: repair has brought it there. */
export const CHALLENGED_AGE_MS = 7_200_000;
/** Turns of verification (one a minute) within which all shards are verified: 30 days. */
export const VERIFY_TURNS = 43_200;
/** Milliseconds after whose beginning the next round through all shards begins at the earliest: small collections are many, and soon read. */
export const VERIFY_ROUND_MS = 86_400_000;
/** Octets that a turn of verification reads at least. */
export const VERIFY_OCTETS_MIN = 16_777_216;
/** Octets that it reads once a damaged shard was found, until all have been read: 1 GiB a minute. */
export const VERIFY_HURRY_OCTETS = 1_073_741_824;
/** Shards that one turn looks through for such as have no name. */
export const COLLECTED_SHARDS_MAX = 1_024;
/** Names that one turn forgets. */
export const FORGOTTEN_NAMES_MAX = 1_024;

/** Milliseconds between two sentences of one kind in the log. */
export const NOTICE_MS = 60_000;
