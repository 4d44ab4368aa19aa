/** The one version so far; HELLO offers a range. */
export const VERSION = 1;
/** Type, flags, length and stream id. */
export const HEADER_SIZE = 12;
/** The largest body that the length field can name. */
export const LENGTH_MAX = 65_535;
/** The largest body of all frames but DATA and DATAGRAM; an end takes as much of these two, too. */
export const CONTROL_LENGTH_MAX = 1_024;
/** Octets of the names that a SESSION_READY may have, each with its length: beside them stand the longest principal and all limits. */
export const SERVICES_SIZE_MAX = 700;
/** Services that a SESSION_READY may have. */
export const SERVICES_MAX = 255;
/** Room that any frame but DATA and DATAGRAM fits into. */
export const CONTROL_FRAME_SIZE_MAX: number = HEADER_SIZE + CONTROL_LENGTH_MAX;
/** The buffer that `pollTransmit` asks for: the largest frame fits. */
export const TRANSMIT_SIZE_MIN: number = HEADER_SIZE + LENGTH_MAX;
/** The offset in front of DATA's bytes. */
export const OFFSET_SIZE = 8;
/** The largest payload of UDP over IPv4. */
export const DATAGRAM_SIZE_MAX = 65_507;
/** Octets of a text in a frame: a length of one octet stands in front of it. */
export const TEXT_SIZE_MAX = 255;
/** Stream ids, offsets and limits have 64 bits on the wire, and at most this value, which every language counts exactly. */
export const NUMBER_MAX: number = Number.MAX_SAFE_INTEGER;
/** Limits that one SESSION_READY names. */
export const LIMITS_MAX = 32;
/** Reasons of one NODE_PRESSURE. */
export const REASONS_MAX = 8;
/** Octets of one such reason. */
export const REASON_SIZE_MAX = 64;

/** Bytes of one DATA frame that we send: bounds how long an interactive stream waits behind a bulk one. */
export const DATA_SIZE = 16_384;
/** Streams and flows that a peer may have open at once, unless the options say otherwise. */
export const STREAMS = 2_048;
/** The initial credit of each stream, in bytes: the most that an unread stream makes us keep. */
export const STREAM_WINDOW = 16_384;
/** A window in use grows up to this size. */
export const STREAM_WINDOW_MAX = 1_048_576;
/** Bytes by which all windows of a session together may have grown. */
export const WINDOW_POOL = 16_777_216;
/** Bytes of one stream that wait for the socket: beyond, its writer has to wait. */
export const SEND_BUFFER_MAX = 32_768;
/** Datagrams of one flow that wait for the socket; the oldest makes room. */
export const DATAGRAMS_WAITING_MAX = 512;
/** Bytes of such datagrams: those of some segments of 64 KiB that a device hands out at once, and eight of the largest. */
export const DATAGRAM_BYTES_WAITING_MAX = 524_288;

/** Frames that one `handleBytes` takes, so that a session does not keep the others of its process waiting. */
export const FRAMES_PER_TURN = 256;
/** While so many events wait to be polled, no frames of the peer are handled. */
export const EVENTS_MAX = 1_024;
/** Bytes of datagrams in such events. */
export const EVENT_BYTES_MAX = 1_048_576;
/** PINGs without a PONG. */
export const PINGS_UNANSWERED_MAX = 16;
/** Routes of services that wait to be told. */
export const ROUTES_WAITING_MAX = 256;
/** Streams that their opener may reset before they are answered, at once. */
export const RESETS_BURST = 2_000;
/** Streams that their opener may reset before they are answered, per second in the long run. */
export const RESETS_PER_SECOND = 500;
/**
 * Resets of our own unanswered streams, at once: low enough that a peer which stands still for six seconds, and then
 * reads all of them, sees no flood yet.
 */
export const GIVE_UPS_BURST = 500;
/** Resets of our own unanswered streams, per second in the long run. */
export const GIVE_UPS_PER_SECOND = 250;

/** Received bytes that wait for a turn: beyond, nothing is read from the wire. */
export const BYTES_UNREAD_MAX = 131_072;

/** From the beginning to SESSION_READY. */
export const HANDSHAKE_MS = 10_000;
/** A PING is sent when nothing was heard for so long. */
export const PING_MS = 10_000;
/** When nothing was heard for so long, the session ends. */
export const SILENCE_MS = 60_000;

/** How long a peer may take to notice that a session is over, and to close the byte stream. */
export const CLOSING_MS = 2_000;

/** Code points that are shown of a peer's text. */
export const TEXT_SHOWN_MAX = 200;
