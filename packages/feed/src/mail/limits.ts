// Bounds of the messages: all ends hold to them.

/** Links that a beacon comes over: whoever is further away has other readers. */
export const HOPS_MAX = 8;
/** Octets of a mail's id, which is random. */
export const MAIL_ID_SIZE = 16;
/** Octets of an X25519 or Ed25519 key. */
export const KEY_SIZE = 32;
/** Octets of an Ed25519 signature. */
export const SIGNATURE_SIZE = 64;
/** Octets by which what is sealed is longer than its content. */
export const SEAL_SIZE = 16;
/** Octets of a return token: nonce, neighbour, tag. */
export const TOKEN_SIZE = 32;
/** Octets of a mail's tokens: one for each link that an answer comes back over, so that their number tells nothing. */
export const TOKENS_SIZE: number = HOPS_MAX * TOKEN_SIZE;
/** Octets of the longest node name. */
const NAME_SIZE_MAX = 63;
/** Octets of BEACON's body with the longest name. */
export const BEACON_SIZE_MAX: number = 1 + 1 + NAME_SIZE_MAX + 1 + 8 + 8 + KEY_SIZE + SIGNATURE_SIZE;
/** Octets of MAIL's body: small enough for a node that passes on many of them. */
export const MAIL_SIZE_MAX = 16_384;
/** Sealed content has a multiple of so many octets: its length tells little of what it is. */
export const PADDING = 512;
/** Octets of the body of a letter or an answer: with the longest names and all else, the mail is within `MAIL_SIZE_MAX`. */
export const LETTER_SIZE_MAX = 15_360;
/** A reader makes a beacon so often. */
export const BEACON_MS = 30_000;
/** How long a reader's key lives: whoever takes a node over reads no mail from before. */
export const READER_KEY_MS = 86_400_000;
/** Clocks may differ by so much, as for records. */
export const CLOCK_MS = 300_000;
/** How long a mail lives. */
export const MAIL_MS = 60_000;
/** Ends of mail are multiples of this: no neighbour sees by the end that a letter was written just now, and by whose clock. */
export const END_STEP_MS = 10_000;

// Bounds of what a node keeps and does for others.

/** Readers that a node knows: as many as a list of a record may have. Each is authorized by a quorum. */
export const READERS_MAX = 64;
/** Beacons of one neighbour that wait for records by which they are believed. */
export const EARLY_MAX = 4;
/** Neighbours that are remembered for each reader as ways to it. */
export const WAYS_MAX = 8;
/** A neighbour is a way to a reader whose beacon it brought within so long: three beacons. */
export const WAY_MS = 90_000;
/** A reader whose beacon has not come for so long is forgotten: ten beacons. */
export const READER_MS = 300_000;
/** Beacons of one reader that are passed on at once, and each second: half as many again as it makes. A captured reader makes no storm. */
export const BEACONS_BURST = 4;
export const BEACONS_PER_SECOND = 0.05;
/** Letters of a neighbour, at once and each second: a hub passes on the mail of a thousand nodes. */
export const MAILS_BURST = 256;
export const MAILS_PER_SECOND = 32;
/** Letters that are given to a neighbour, at once and each second: fewer than it takes, so that it refuses none of an honest node. */
export const LETTERS_BURST = 192;
export const LETTERS_PER_SECOND = 30;
/** Mail of a neighbour that is no node by any record: enough to join. */
export const CANDIDATE_MAILS_BURST = 4;
export const CANDIDATE_MAILS_PER_SECOND = 0.1;
/** Ids of mail that are remembered, some 250 octets each. One neighbour may have as many as are free. */
export const REMEMBERED_MAX = 16_384;
/** Mail that waits for one neighbour to take it, by number and octets. One sender may have as much as is free. */
export const WAITING_MAX = 64;
export const WAITING_OCTETS_MAX = 524_288;
/** Own letters that wait for answers. */
export const REQUESTS_MAX = 64;
/** How often a letter is sent: each time by another neighbour, or to another reader, where there is one. */
export const TRIES_MAX = 4;
/** Octets that claim to be the answer of one letter, and are not, before no more are looked at: each costs a key exchange. */
export const DAMAGED_MAX = 8;
/** Letters whose answers are being made. Those that one neighbour has brought may be as many as are free. */
export const LETTERS_MAX = 256;
/** Signatures that opening a letter counts for: two key exchanges, and one signature. */
export const LETTER_COST = 3;
/** Signatures that mail of one neighbour may cost, at once and each second: all letters that it may give are opened, and some of their records judged. */
export const MAIL_VERIFICATIONS_BURST = 1_024;
export const MAIL_VERIFICATIONS_PER_SECOND = 128;
/** Letters are dropped while the process is so far behind with verifications: records have to wait for what letters cost. */
export const MAIL_TURN_MS = 1_000;

// Letters of the kind `papers`.

/** Records of one letter or answer: each of them may cost its reader signatures. */
export const PAPERS_MAX = 16;
/** Octets of a short id: the first ones of a copy's id. */
export const SHORT_ID_SIZE = 8;
/** Short ids of one letter: beside one of the largest records that a body has room for. */
export const HELD_MAX = 1_024;
/** Short ids in a letter of the kind `papers-watch`: whoever has more papers of its own does not have them watched. */
export const WATCHED_MAX = 64;

// Letters of the kind `routes`, and letters that wait for something to be told.

/** Letters that wait until their reader has something to tell. Those that one neighbour has brought may be as many as are free. */
export const PARKED_MAX = 16_384;
/** A letter may ask its reader to wait for so many seconds: its answer has to be back before the mail ends. */
export const WAIT_SECONDS_MAX = 45;
/** Acknowledgements of one letter. */
export const ACKNOWLEDGED_MAX = 32;
/** Things that one answer asks its receiver to do. */
export const ASKS_MAX = 8;

// Letters of the kind `leader`.

/** Services that one letter asks for. */
export const LED_SERVICES_MAX = 32;
