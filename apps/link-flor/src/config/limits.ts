import { LINKS_MAX } from "@florenetes/portal-api";

// Limits that native/ has as well: native/declaration/limits says what they are.
export { CLUSTERS_MAX } from "./generated/limits.ts";

/** Bounds of `dead-after`. With less, the links of a busy machine would flap; nobody wants to wait for more. */
export const DEAD_AFTER_MS_MIN = 300;
export const DEAD_AFTER_MS_MAX = 60_000;
export const DEAD_AFTER_MS_DEFAULT = 1_000;

/** Bounds of `quiet`: those of the link protocol. */
export const QUIET_MS_MIN = 5_000;
export const QUIET_MS_MAX = 300_000;

/** Bounds of `links-max`. With the most, a portal's wishes and states and the attempts that are under way fit into 64 MB. */
export const LINKS_MAX_MIN = 1;
export const LINKS_MAX_MAX: number = LINKS_MAX;

/** Bounds of `udp-payload-max`: the payload that every link must carry, and the largest that the engine can make. */
export const UDP_PAYLOAD_MAX_MIN = 1_200;
export const UDP_PAYLOAD_MAX_MAX = 16_383;
