// Bounds of misuse: docs/operate/fabric.md has them.
import type { MisuseKind, Perpetrator } from "./misuse-kinds.ts";

/** Misuse is counted in parts of an hour … */
export const PART_MS = 300_000;
/** … and so many of them, the present one included, are what is told as the last hour. */
export const PARTS = 12;
/**
 * Misuse of each kind that is let pass within an hour. An honest origin that loses and finds hosts all the time causes some dozens of leases; it may ask for 64 hosts at once, and lose all of
 * its state several times. A neighbour brings what all nodes behind it write.
 */
export const MOST: Readonly<Record<MisuseKind, Readonly<Partial<Record<Perpetrator["by"], number>>>>> = {
  "route-churn": { node: 512, organization: 4_096 },
  joins: { neighbour: 1_024, organization: 256 },
  authentication: { node: 256, neighbour: 1_024 },
};
/** A node of an organization that is beyond its limit is slowed where it has had more than so many within an hour: those that are quiet notice nothing. */
export const QUIET_MOST = 128;
/** Whoever was beyond a limit is slowed for so long behind the last time. */
export const SLOWED_MS = 600_000;
/** Leases that a slowed origin causes itself are composed once in so long for each host. */
export const CHURN_PAUSE_MS = 60_000;
/** Joins, letters and knocks of those that are slowed are looked at once in so long. */
export const LOOK_PAUSE_MS = 2_000;
/** A slowed neighbour pays so many signatures of its allowance for each further record that has no rights: it offers records itself, and no honest node keeps such. */
export const RECORD_COST = 32;
/** How long it is remembered that somebody was slowed. */
export const REMEMBERED_MS = 86_400_000;
/** Names of one sort that are counted for one kind of misuse, and organizations: the one that was counted longest ago makes room, but never one that is slowed. */
export const NAMES_MAX = 4_096;
export const ORGANIZATIONS_COUNTED_MAX = 256;
