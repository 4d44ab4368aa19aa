// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  CONNECT_WAIT_MS,
  PATH_MTU_MIN,
  STREAMS_PER_CONNECTION,
  STREAMS_PER_CONNECTION_MAX,
} from "./generated/limits.ts";

/** The largest MTU of a path: what an end takes at most. */
export const PATH_MTU_MAX = 16_000;
/** Packets and bytes that may pass from one link to another in a second: first the defaults, which are more than a vertex gets
 *  through; then the least and the most that a config may say. The least lets the largest packet of a link pass. */
export const TRANSIT_PACKETS = 500_000;
export const TRANSIT_BYTES = 500_000_000;
export const TRANSIT_BYTES_MIN = 65_536;
export const TRANSIT_LIMIT_MAX = 1_000_000_000_000;
/** A flow of datagrams in which nothing passes for so long ends: by default (RFC 4787, REQ-5), and what a config may say. */
export const FLOW_IDLE_MS = 120_000;
export const FLOW_IDLE_MS_MIN = 10_000;
export const FLOW_IDLE_MS_MAX = 86_400_000;
/** The target of a service is looked at so often while nobody uses it: by default, and what a config may say. A look is one connection. */
export const HEALTH_CHECK_MS = 10_000;
export const HEALTH_CHECK_MS_MIN = 1_000;
export const HEALTH_CHECK_MS_MAX = 86_400_000;
/** An unused end-to-end connection may be kept for so long, if a tunnel says so. A data thread tells of uses once a second. */
export const KEEP_MS_MIN = 10_000;
export const KEEP_MS_MAX = 86_400_000;
/** A connection for the streams of data sessions is kept for so long, unless the config says otherwise: in milliseconds. */
export const SESSION_KEEP_MS = 300_000;
/** A config may say so many milliseconds, or 0, of how long a workload waits for a connection and for a sign of its far end. A time that is shorter
 *  than the least would be over before it can be known that nobody is reached. */
export const CONNECT_WAIT_MS_MIN = 1_000;
export const CONNECT_WAIT_MS_MAX = 3_600_000;
/** Data sessions of one socket at once, and streams and flows of one of them: by default, and at most. */
export const SESSIONS = 64;
export const SESSIONS_MAX = 1_024;
export const SESSION_STREAMS = 2_048;
export const SESSION_STREAMS_MAX = 16_384;
/** Longest endpoint string; only the link protocol reads it. */
export const ENDPOINT_SIZE_MAX = 512;

/** Links that a vertex has at the same time, at most: what a FlorIO frame says of where packets come from has 16 bits. No config file is long enough
 *  to name so many. */
export const LINKS_MAX = 65_535;
