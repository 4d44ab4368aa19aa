import { LINKS_MAX } from "@florenetes/portal-api";

// Limits that native/ has as well: native/declaration/limits says what they are.
export { CLUSTERS_MAX } from "./generated/limits.ts";

/** Bounds of `dead-after`. Below, a busy machine would flap its links; above, nobody waits. */
export const DEAD_AFTER_MS_MIN = 300;
export const DEAD_AFTER_MS_MAX = 60_000;
export const DEAD_AFTER_MS_DEFAULT = 1_000;

/** Bounds of `links-max`: what one portal holds at most, whose wishes and states then fit into 64 MB with the attempts that are under way. */
export const LINKS_MAX_MIN = 1;
export const LINKS_MAX_MAX: number = LINKS_MAX;

/** Bounds of `udp-payload-max`: what every link must carry, and what the engine can make. */
export const UDP_PAYLOAD_MAX_MIN = 1_200;
export const UDP_PAYLOAD_MAX_MAX = 16_383;
