import { ENVELOPE_SIZE_MAX } from "@florenetes/facts";

// Bounds of the messages: all ends hold to them.

/** The versions that are spoken here: HELLO offers them. */
export const VERSION = 3;
export const LOWEST_VERSION = 1;
/** Since this version there are BEACON and MAIL: before, they are messages of unknown types. */
export const VERSION_OF_MAIL = 3;
/** Type and length. */
export const HEADER_SIZE = 5;
/** Octets of the largest body, which RECORDS and messages of unknown types may have. */
export const BODY_SIZE_MAX = 262_144;
/** Octets of HELLO's body: 66 cursors with the longest names need 9,048, and later versions get the rest. */
export const HELLO_SIZE_MAX = 16_384;
/** Octets of a database's id, which is random. */
export const DATABASE_ID_SIZE = 16;
/** Octets of a record's id: SHA-256. */
export const ID_SIZE = 32;
/** Octets of a section's name: two names of 63 characters, and the slash between them. */
export const SECTION_SIZE_MAX = 127;
/** Octets of any other text: a length of one octet stands in front of it. */
export const TEXT_SIZE_MAX = 255;
/** Sections of one stream: `entry`, `public`, and 64 organizations. */
export const SECTIONS_MAX = 66;
/** Ids of one HAVE or WANT. */
export const IDS_MAX = 256;
/** Records of one RECORDS. */
export const RECORDS_MAX = 64;
/** Octets of one record. */
export const RECORD_SIZE_MAX: number = ENVELOPE_SIZE_MAX;
/** Sequences and times have 64 bits on the wire, and at most this value, which every language counts exactly. */
export const NUMBER_MAX: number = Number.MAX_SAFE_INTEGER;
/** Offers that are not answered to the end: with `IDS_MAX`, the most ids that either end keeps for the other one. */
export const HAVES_OPEN_MAX = 4;

// Bounds of one neighbour at a reader, over all streams of it.

/** Bytes per second in the long run that are read of a neighbour. */
export const BYTES_PER_SECOND = 65_536;
/** Bytes that are read at once. */
export const BYTES_BURST = 1_048_576;
/** Bytes that the shortest message counts for, so that many short ones are no way to keep a reader busy: 128 a second. */
export const MESSAGE_COST_MIN = 512;
/** Signatures per second in the long run that are verified for a neighbour. */
export const VERIFICATIONS_PER_SECOND = 64;
/** Signatures that are verified at once for a neighbour. */
export const VERIFICATIONS_BURST = 512;
/** Signatures per second that are verified for all neighbours: a tenth of a core, at 0.1 ms each. */
export const PROCESS_VERIFICATIONS_PER_SECOND = 1_000;
/** Signatures that are verified at once for all neighbours: 20 ms in which the process does nothing else. */
export const PROCESS_VERIFICATIONS_BURST = 200;
/** So many faults within `FAULTS_MS` mute a neighbour. */
export const FAULTS_MAX = 10;
export const FAULTS_MS = 60_000;
/** Ids that a neighbour had offered, and did not deliver, for each fault. Some are honest: what is offered may be replaced meanwhile. */
export const MISSING_PER_FAULT = 64;
/** How long a neighbour is muted first; each time twice as long. */
export const MUTE_MS = 60_000;
/** How long a neighbour is muted at most. After as long without another time, the first one is `MUTE_MS` again. */
export const MUTE_MS_MAX = 3_600_000;

// Bounds of one neighbour at a source.

/** Bytes per second in the long run that are made for a neighbour: more than an honest one reads. */
export const SERVED_PER_SECOND = 262_144;
/** Bytes that are made at once: four times what an honest neighbour reads at once. */
export const SERVED_BURST = 4_194_304;

/** From the beginning of a stream to the peer's HELLO. */
export const HELLO_MS = 30_000;
/** From a WANT, or the answer before, to the next answer. Time in which the reader does not read is left out. */
export const ANSWER_MS = 60_000;
