/** Extension headers of one IPv6 packet that are stepped over: RFC 8200 (4.1) knows six places for them. */
export const EXTENSION_HEADERS_MAX = 8;
/** Flows whose bytes are counted, to find those that are bulk: 24 bytes each. A power of two. */
export const FLOWS_COUNTED = 4_096;
/** Places of that table at which a flow may be: bounds the time that a packet takes. */
export const FLOW_PLACES = 8;
