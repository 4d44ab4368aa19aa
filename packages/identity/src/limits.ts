// Bounds of the formats.

/** Bytes of a SPIFFE ID (SPIFFE-ID, 2.4 allows 2048). Ours are shorter: "spiffe://" and three parts. */
export const URI_LENGTH_MAX = 256;

/** Octets of a serial number (RFC 5280, 4.1.2.2). */
export const SERIAL_OCTETS_MAX = 20;

// Bounds of this implementation.

/** Certificates that a chain may hold, the leaf included. */
export const CHAIN_LENGTH_MAX = 8;
/** Bytes of all of them. A handshake waits until they are read. */
export const CHAIN_SIZE_MAX = 16_384;
/** Roots that a trust bundle may hold. */
export const TRUST_ROOTS_MAX = 64;
/** Trust bundles that stay read between two verifications: one for each cluster of a node, as a rule. */
export const TRUST_BUNDLES_KEPT_MAX = 16;
/** Bytes of one certificate in DER. */
export const CERTIFICATE_SIZE_MAX = 16_384;
/** Characters of one foreign text in a message, and of all that describes one certificate there. */
export const TEXT_LENGTH_MAX = 128;
export const DESCRIPTION_LENGTH_MAX = 512;
/** Bytes of one PEM file. */
export const FILE_SIZE_MAX = 1_048_576;
/** Times that the files of a folder are read while they change under the reader. */
export const READS_MAX = 10;
/** Bytes of one file of revocation lists. */
export const LIST_FILE_SIZE_MAX = 16_777_216;
/** How often files of revocation lists are looked at: a list is in force within two seconds, and an idle process is not woken up for this alone. */
export const LIST_POLL_MS = 1_000;
/** For how long after its time of change a file may have changed again without showing it. */
export const LIST_SETTLED_MS = 50;
/** Bytes of one up to which it is read at once, in some milliseconds (3,000 entries), and not in a thread of its own. */
export const LIST_INLINE_SIZE_MAX = 196_608;
/** How often it is looked whether certificates have ended that something open was made with. */
export const EXPIRY_LOOK_MS = 1_000;
/** Revocation lists, and CA certificates beside them, in one file. */
export const LISTS_MAX = 64;
/** Certificates that one revocation list names. */
export const LIST_ENTRIES_MAX = 300_000;
/** Octets of a revocation list's number (RFC 5280, 5.2.3). */
export const LIST_NUMBER_SIZE_MAX = 20;
/** Elements of DER in one structure: a certificate of a public CA has up to 100. */
export const ELEMENTS_MAX = 512;
/** Octets of one object identifier. */
export const OBJECT_IDENTIFIER_SIZE_MAX = 64;
/** Extensions of one certificate. */
export const EXTENSIONS_MAX = 64;
/** Attributes of one certificate request. */
export const ATTRIBUTES_MAX = 64;

// Certificates that the CA issues

/** Certificates are valid from a little before they are made, for clocks that are behind ours. */
export const BACKDATING_MS = 300_000;
export const DAY_MS = 86_400_000;
export const CA_DAYS = 3650;
export const INTERMEDIATE_DAYS = 365;
export const VERTEX_DAYS = 365;
export const SERVICE_DAYS = 365;
export const USER_DAYS = 90;
export const DAYS_MAX = 36_500;
/** For how long an issuer renews, unless its config has another life, and what the config may have. */
export const RENEWED_LIFE_MS: number = 30 * DAY_MS;
export const RENEWED_LIFE_MS_MIN = 60_000;
export const RENEWED_LIFE_MS_MAX: number = 365 * DAY_MS;
/** Renewals of one principal at once: a node that fails may ask some times more. Then it gets so many in each life that is issued. */
export const RENEWALS_AT_ONCE = 8;
export const RENEWALS_PER_LIFE = 12;
/** Renewals of all at once, and the pause between two after that: a day of these makes 25 MB of record. */
export const RENEWALS_OF_ALL_AT_ONCE = 1_000;
export const RENEWAL_OF_ALL_MS = 1_000;
/** The pause between two answers with revocation lists to one key, after `RENEWALS_AT_ONCE`: they may have many megabytes. */
export const LISTS_ASKED_MS = 60_000;
/** Answers with lists to all at once, as when all nodes begin to follow at once, and the pause between two after that. */
export const LISTS_OF_ALL_AT_ONCE = 2_048;
export const LISTS_OF_ALL_MS = 10;
/** Principals whose renewals are counted at a time: 100 bytes each. One that has not asked for long is not. */
export const RENEWING_PRINCIPALS_MAX = 65_536;
/** For how long after its end a certificate may be shown to the issuer that has made it, for another one of its key. */
export const ENDED_SHOWN_MS: number = 90 * DAY_MS;
/** Such certificates that a principal gets in an hour, and that a key gets in a week: some answers are lost, or thrown away by the node. */
export const ENDED_RENEWALS_MS = 3_600_000;
export const ENDED_RENEWALS_EACH_MAX = 4;
export const ENDED_RENEWALS_OF_KEY_MS: number = 7 * DAY_MS;
export const ENDED_RENEWALS_OF_KEY_MAX = 12;
/** For how long a token may be used, unless it is made for another time, and what may be asked for. */
export const TOKEN_LIFE_MS = 3_600_000;
export const TOKEN_LIFE_MS_MIN = 60_000;
export const TOKEN_LIFE_MS_MAX: number = 7 * DAY_MS;
/** Tokens of a CA folder that have not ended. */
export const TOKENS_MAX = 1_000;
/** For how long a revocation list is made the first time. */
export const LIST_DAYS = 30;
/** For how long after its end a revoked certificate has to be named by lists. */
export const LISTED_AFTER_END_MS = 604_800_000;
/** Bytes of a CA's record: some 800,000 certificates. */
export const RECORD_SIZE_MAX = 268_435_456;
/** For how long a process waits for its turn in a CA folder. */
export const LOCK_WAIT_MS = 10_000;

// Bundles, and what is sealed with a passphrase.

/** Octets of a bundle's payload: enough for the largest revocation list. */
export const BUNDLE_SIZE_MAX = 20_971_520;
/** Characters of a bundle as text, sealed or not. */
export const ARMORED_SIZE_MAX = 33_554_432;
/** For how long a bundle is taken after it was made: one that holds a key, and one that answers a request. */
export const INVITE_DAYS = 7;
export const ANSWER_DAYS = 30;
/** log2 of scrypt's N (RFC 7914) when sealing: 128 MiB and about half a second for each guess. */
export const SEALING_COST = 17;
/** The costs that are accepted when a block is opened, so that no file can ask for gigabytes or hours. */
export const SEALING_COST_MIN = 14;
export const SEALING_COST_MAX = 18;
/** Characters. */
export const PASSPHRASE_LENGTH_MAX = 1024;
