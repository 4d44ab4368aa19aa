/** A holder that has not answered a question in so long gives no answer. Doors give up sooner where no octet comes or goes. */
export const ANSWER_MS = 10_000;
/** An object takes no longer to put: its first shards have no name before its last one is there, and go after a day. */
export const PUT_MS_MAX = 72_000_000;
/** A holder that gave no answer, or nonsense, is left alone for so long, and each time for twice as long. */
export const PAUSE_MS = 5_000;
export const PAUSE_MS_MAX = 120_000;
/** A holder whose disk is full is not written to for so long, unless it takes it. */
export const FULL_MS = 60_000;
/** A holder that has kept whoever reads or writes a shard waiting for `ANSWER_MS` is asked last for shards, for so long. */
export const SLOW_MS = 120_000;
/** A holder that gave wrong octets of a shard is asked last for that shard, for so long. */
export const WRONG_MS = 600_000;
/** Wrong shards that are remembered, of all holders. */
export const WRONG_SHARDS_MAX = 4_096;
/** After a majority has answered, the others are waited for so long. */
export const LATE_MS = 2_000;
/** In one list a holder keeps a majority waiting for so long, and for as long again as the majority has taken in all. */
export const LISTED_LATE_MS = 10_000;
/** Pages of a holder's list that go on and are not full. Some may seem so, where objects are removed meanwhile; more keep whoever lists busy with nothing. */
export const SHORT_PAGES_MAX = 16;
/**
 * Full shards that a holder may list, or as many as the budget of the collection allows, if these are more: a budget that was made smaller takes away nothing
 * that is there. 1 TiB, as whoever lists may have all of their names in memory.
 */
export const LISTED_SHARDS_MIN = 262_144;
/** Shards that a client writes at once, whoever puts them; it has the octets of each in memory. */
export const SHARDS_AT_ONCE_MAX = 4;
/** Shards that a majority has, and that go on to others meanwhile: their octets are in memory, too. The oldest is given up first; holders repair it. */
export const SHARDS_BEHIND_MAX = 4;
/** Shards that are read before they are asked for. */
export const SHARDS_AHEAD = 2;
/** How often a name that changes meanwhile is written anew. */
export const TURN_TRIES = 4;
/** Shards that a check reads at once. */
export const CHECKED_AT_ONCE = 4;
