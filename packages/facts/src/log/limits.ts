import { ENVELOPE_SIZE_MAX } from "../envelope.ts";

/** Octets of an entry in front of its record: version, index, hash of the entry before. */
export const ENTRY_HEADER_SIZE = 41;
/** Octets of the largest entry. */
export const ENTRY_SIZE_MAX: number = ENTRY_HEADER_SIZE + ENVELOPE_SIZE_MAX;
/** Entries of one answer of a store. */
export const READ_ENTRIES_MAX = 256;
/** Octets of entries in one answer, beside its first entry, so that a reader's memory is bounded whatever the entries are. */
export const READ_SIZE_MAX = 1_048_576;
/** Entries of one append: etcd takes 128 operations in a transaction, and each entry is one, beside the head. */
export const APPEND_ENTRIES_MAX = 64;
/** Octets of entries in one append: etcd takes 1.5 MiB in a request. */
export const APPEND_SIZE_MAX = 1_048_576;
/** Entries of one call that removes some: a transaction, too. */
export const DROP_ENTRIES_MAX = 64;
/** Octets of an answer of etcd's JSON gateway: 32 of the largest entries in base64, and what is around them. */
export const ETCD_ANSWER_SIZE_MAX = 4_194_304;

/** Octets of a post on a store's board: the largest checkpoint with one signature, and some room. */
export const POST_SIZE_MAX = 17_408;
/** Posts of one look at a board: as many as a policy may list signers. */
export const POSTS_READ_MAX = 16;

/** Renewals or joins of one post of a program. */
export const POST_PARTS_MAX = 16;

/** Time and entries behind the last checkpoint after which signers make the next one. */
export const CHECKPOINT_MS = 300_000;
export const CHECKPOINT_ENTRIES = 256;
/** Signers propose one after the other in the order of the policy, so that there is one proposal as a rule: each waits so much longer than the one before. */
export const TURN_MS = 10_000;
export const TURN_ENTRIES = 16;
/** Time without a checkpoint after which the log is stale: an hour. */
export const STALE_MS = 3_600_000;
/** Records stay in the log for so long after they were issued, for whoever was off: 30 days. */
export const KEPT_MS = 2_592_000_000;

/** A reader that was at the head within this time takes no gap for a compaction: an hour. */
export const AWAY_MS = 3_600_000;

/** Hashes of entries that a reader remembers, to hold checkpoints against: four times as many as come between two checkpoints. */
export const HASHES_KEPT = 1_024;
/** Forks of which a reader keeps the evidence. Another one changes nothing: the log has ended with the first. */
export const FORKS_KEPT = 16;
/** Answers that a reader takes between two heads. A log that is longer is read on behind the next head. */
export const READS_A_LOOK = 64;
/** Records of a slot that a directory remembers, the newest ones, for entries that are not the last. */
export const DIRECTORY_SLOT_KEPT = 4;
/** Records in a directory before it looks for those that nobody keeps any more; later whenever it has doubled. */
export const DIRECTORY_SWEEP_MIN = 4_096;
/** Events that wait to be told. Those beyond are not told: the state that they tell of can be asked for. */
export const EVENTS_KEPT = 1_024;
