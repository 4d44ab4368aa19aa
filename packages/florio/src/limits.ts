/** Every frame starts with it; another one is another protocol. */
export const FRAME_VERSION = 1;
/** Version, type, flags and link handle. */
export const FRAME_HEADER_SIZE = 8;
/** The length field before each packet of a DATA frame. */
export const PACKET_LENGTH_SIZE = 2;
/** A datagram of the local socket, headers included. Receivers may cut what is longer than 65,536 without saying so. */
export const FRAME_SIZE_MAX = 65_000;
/** The largest packet that fits into a DATA frame of its own. */
export const PACKET_SIZE_MAX: number = FRAME_SIZE_MAX - FRAME_HEADER_SIZE - PACKET_LENGTH_SIZE;
/** The largest Portal API message that fits into a CONTROL frame. */
export const MESSAGE_SIZE_MAX: number = FRAME_SIZE_MAX - FRAME_HEADER_SIZE;

/** `sun_path` holds 108 bytes with the closing zero. */
export const SOCKET_PATH_BYTES_MAX = 107;

/** DATA frames that wait for the socket: a partner that stalls for longer loses packets instead of delaying them. */
export const QUEUE_FRAMES_MAX = 64;
/** Bytes that those frames may hold together. */
export const QUEUE_BYTES_MAX = 1_048_576;
/** CONTROL frames that wait for the socket, ahead of all data. */
export const QUEUE_CONTROL_MAX = 64;

/** The pause between two attempts to connect. */
export const CONNECT_INTERVAL_MS = 100;
/** How often a port that is connected looks whether its partner still is. */
export const LOOK_INTERVAL_MS = 100;
/** While it waits for its partner, a port looks after so many attempts whether its own socket file is still there. */
export const OWN_PATH_CHECK_ATTEMPTS = 10;
