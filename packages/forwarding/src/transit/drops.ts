import { DROP_CAUSE_NAMES } from "../labels/verdict.ts";

/** Causes of forwarding's own, counted after those of the label table. */
export const LINK_DOWN: number = DROP_CAUSE_NAMES.length;
/** The link has enough to do; in transit that is where a packet is lost, and its source slows down by it. */
export const LINK_FULL: number = LINK_DOWN + 1;
/** Too much is on its way to services on this node itself. */
export const LOOPBACK_FULL: number = LINK_DOWN + 2;

/** Its out-link carries no packets of its size. */
export const TOO_LARGE: number = LINK_DOWN + 3;
/** More passes from its in-link to its out-link than the config permits. */
export const TRANSIT_LIMIT: number = LINK_DOWN + 4;
/** The packet has passed here before, on the same way. */
export const CIRCLING: number = LINK_DOWN + 5;

/** Stable names of all causes; the index is the cause, and 0 is none. */
export const FORWARDING_DROP_NAMES: readonly string[] = [
  ...DROP_CAUSE_NAMES,
  "linkDown",
  "linkFull",
  "loopbackFull",
  "tooLarge",
  "transitLimit",
  "circling",
];
