// Bounds of the format: each reader holds to them, so that all readers judge alike.

/** Octets of a payload. */
export const PAYLOAD_SIZE_MAX = 16_384;
/** Octets of a payload of the authority `root`: a root descriptor has certificates in it. */
export const ROOT_PAYLOAD_SIZE_MAX = 65_536;
/** Signatures of one record, and so the most keys that a quorum may need. */
export const SIGNATURES_MAX = 16;
/** Objects and lists that stand within each other, the payload itself included. */
export const JSON_DEPTH_MAX = 8;
/** Numbers are integers from 0 to this one, which every language counts exactly. */
export const INTEGER_MAX: number = Number.MAX_SAFE_INTEGER;
/** Characters of a record's subject. */
export const SUBJECT_LENGTH_MAX = 255;
/** How far a record's `issued` may be ahead of the reader's clock. */
export const FUTURE_MS = 300_000;

/** How long a root that recovery keys have signed waits, in milliseconds of a node's running time: three days. */
export const RECOVERY_MS = 259_200_000;

/** Keys of one authority. */
export const AUTHORITY_KEYS_MAX = 32;
/** Seconds for which keys that a new root has left out may go on counting. */
export const GRACE_SECONDS_MAX = 604_800;
/** X.509 roots of one root descriptor. */
export const X509_ROOTS_MAX = 16;
/** Characters of one of them in base64: a certificate of 16,384 octets. */
export const X509_ROOT_LENGTH_MAX = 21_848;

/** Endpoints of one node. */
export const ENDPOINTS_MAX = 16;
/** Characters of one endpoint. */
export const ENDPOINT_LENGTH_MAX = 255;
/** Nodes of one `seeds` record. */
export const SEEDS_MAX = 32;
/** Aliases of one service. */
export const ALIASES_MAX = 8;
/** Nodes that one token lets in: programs remember each of them. */
export const TOKEN_NODES_MAX = 256;
/** Limits of one budget. */
export const BUDGET_LIMITS_MAX = 16;
/** Octets of the payload of a join: two names and two keys have less. */
export const JOIN_PAYLOAD_SIZE_MAX = 512;
/** Entries of any other list in a body: a role's actions, a service's hosts, a policy's lines. */
export const ENTRIES_MAX = 64;
/** The highest priority, weight and trust tier. */
export const RANK_MAX = 65_535;
/** The highest label: labels have 20 bits. */
export const LABEL_MAX = 1_048_575;
/** The highest load, in percent. */
export const LOAD_MAX = 100;
/** Seconds for which leases may hold while no coordinator answers: two days. A day without any has to be possible where the newest checkpoint was made a while before, too. */
export const HOLD_SECONDS_MAX = 172_800;

/** Links of one report: a relay has no more. */
export const REPORT_LINKS_MAX = 128;
/** The longest round trip and jitter of a report, in microseconds: a minute. */
export const ROUND_TRIP_MAX = 60_000_000;
/** The highest loss, in millionths. */
export const LOSS_MAX = 1_000_000;
/** The highest rate, in kbit/s: a terabit each second. */
export const RATE_MAX = 1_000_000_000;
/** The largest packet of a link, in bytes. */
export const MTU_MAX = 65_535;
/** How often a link may have broken in an hour: more is no news. */
export const BREAKS_MAX = 255;
/** `permits` records whose bytes a report has. */
export const PERMITS_CARRIED_MAX = 16;
/** Versions of a report. */
export const VERSIONS_MAX = 16;
/** Contracts of a profile. */
export const CONTRACTS_MAX = 16;
/** Routes of a lease: a primary and three alternates. */
export const ROUTES_MAX = 4;
/** Parts of one cost. */
export const COST_PARTS_MAX = 16;
/** Sets of pairs in one `permits` record: 8 without a share, and one for the old and one for the new share of each of 64 organizations. */
export const PERMIT_SETS_MAX = 136;
/** Pairs of all sets together. */
export const PERMIT_PAIRS_MAX = 448;
/** The highest share: shares have 12 bits, and 0 stands for none. */
export const SHARE_MAX = 4_095;

/** Rows of one part of a receipt, of each of its two lists. */
export const RECEIPT_ROWS_MAX = 512;
/** Parts of the receipt of one node and hour. */
export const RECEIPT_PARTS_MAX = 8;
/** Shares that a coordinator tells of an hour: those of 64 organizations in this hour and the one before, and organizations that have one of theirs. */
export const SHARES_TOLD_MAX = 256;
/** Rows of what relays have carried for an organization in an hour. */
export const USAGE_ROWS_MAX = 384;
/** The most packets and bytes of a row: a terabit a second carries less in an hour. */
export const AMOUNT_MAX = 1_000_000_000_000_000;

/** Cells of one observation: all nodes, those without a role, those of 16 roles, and the rest. */
export const OBSERVED_CELLS_MAX = 19;
/** Findings, measures, and buckets of a measure: room for those of later versions. */
export const OBSERVED_FINDINGS_MAX = 32;
export const OBSERVED_MEASURES_MAX = 16;
export const OBSERVED_BUCKETS_MAX = 16;
/** Versions of software that an observation names. */
export const OBSERVED_VERSIONS_MAX = 16;

/** Packages of one release, for all processors together. */
export const PACKAGES_MAX = 64;
/** The highest stage of a release, in 1/10,000 of the nodes: all of them. */
export const STAGE_MAX = 10_000;
/** Steps of a rule by which the stage of a release rises. */
export const RELEASE_STEPS_MAX = 16;
/** Nodes that one release leaves behind. */
export const RELEASE_LEAVES_MAX = 64;
/** Characters of a code that a node tells. */
export const CODE_LENGTH_MAX = 64;

/** Copies of each shard of a collection. */
export const COLLECTION_COPIES_MIN = 2;
export const COLLECTION_COPIES_MAX = 5;
/** Nodes that hold one collection. */
export const COLLECTION_HOLDERS_MAX = 32;
/** The longest retention of a collection, in seconds: ten years. */
export const RETENTION_SECONDS_MAX = 315_360_000;
/** First parts of names that are not retained. */
export const UNRETAINED_MAX = 8;
/** Recipients of one collection. */
export const RECIPIENTS_MAX = 16;
/** Characters of one recipient. */
export const RECIPIENT_LENGTH_MAX = 128;

/** Characters of a node's sentence about an order … */
export const OUTCOME_TEXT_MAX = 512;
/** … and of its report: with its envelope and the node's own record it fits into a letter. */
export const OUTCOME_REPORT_MAX = 8_192;
