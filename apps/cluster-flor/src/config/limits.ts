// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  CONNECT_WAIT_MS,
  PATH_MTU_MIN,
  STREAMS_PER_CONNECTION,
  STREAMS_PER_CONNECTION_MAX,
} from "./generated/limits.ts";

/** The largest MTU of a path: the most that an end accepts. */
export const PATH_MTU_MAX = 16_000;
/**
 * Packets and bytes per second that may pass from one link to another: the defaults, which exceed what a vertex can
 * carry; then the least and the most that a config may set. The least lets the largest packet of a link pass.
 */
export const TRANSIT_PACKETS = 500_000;
export const TRANSIT_BYTES = 500_000_000;
export const TRANSIT_BYTES_MIN = 65_536;
export const TRANSIT_LIMIT_MAX = 1_000_000_000_000;
/** How long a flow of datagrams may be silent before it ends: the default (RFC 4787, REQ-5), and the bounds for a config. */
export const FLOW_IDLE_MS = 120_000;
export const FLOW_IDLE_MS_MIN = 10_000;
export const FLOW_IDLE_MS_MAX = 86_400_000;
/** How often the target of a service without streams is checked, by one connection: the default, and the bounds for a config. */
export const HEALTH_CHECK_MS = 10_000;
export const HEALTH_CHECK_MS_MIN = 1_000;
export const HEALTH_CHECK_MS_MAX = 86_400_000;
/** How long a tunnel may keep an unused end-to-end connection. A data thread reports uses once a second. */
export const KEEP_MS_MIN = 10_000;
export const KEEP_MS_MAX = 86_400_000;
/** How long a connection for the streams of data sessions is kept by default, in milliseconds. */
export const SESSION_KEEP_MS = 300_000;
/**
 * The bounds for how long a workload waits for a connection and an answer of its far end, in milliseconds; 0 is
 * allowed, too. A shorter time than the least would be over before it can be known that the far end is out of reach.
 */
export const CONNECT_WAIT_MS_MIN = 1_000;
export const CONNECT_WAIT_MS_MAX = 3_600_000;
/** Data sessions of one socket at once, and streams and flows of one session: the default, and the most. */
export const SESSIONS = 64;
export const SESSIONS_MAX = 1_024;
export const SESSION_STREAMS = 2_048;
export const SESSION_STREAMS_MAX = 16_384;
/** Longest endpoint string; only the link protocol reads it. */
export const ENDPOINT_SIZE_MAX = 512;

/** Links that the control agent may have beside those of the file, and prefixes that bound where they may call: the most that a config may say. */
export const FABRIC_LINKS_MAX = 1_024;
export const FABRIC_DIAL_MAX = 256;

/**
 * The most links of a vertex at the same time: the source in a FlorIO frame has 16 bits. No config file is long enough
 * to name so many.
 */
export const LINKS_MAX = 65_535;
