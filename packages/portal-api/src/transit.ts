import type { LinkKey } from "./link.ts";

/** Offloaded transit in the Portal API's words: docs/protocol/portal-api.md. */

/** The feature in AttachAnswer of a link vertex that takes a label table. */
export const TRANSIT_FEATURE = "transit";

/** The feature in AttachAnswer of a link vertex that holds what passes between two links to an allowance. */
export const PERMITS_FEATURE = "permits";

/** The feature in AttachAnswer of a link vertex that knows whose packets permits are for. */
export const SHARES_FEATURE = "shares";

/** The limits of a permit for what passes from a link to another. */
export interface TransitAllowance {
  /** A set of traffic classes: bit n for the class of number n. */
  readonly classes: number;
  /** 0: nothing passes. */
  readonly bitsPerSecond: number;
}

/** A change of a label table. It names a link by the order in which links were added to the table. */
export type TransitChange =
  | { readonly operation: "link"; readonly key: LinkKey; readonly label: number }
  | {
      readonly operation: "permit";
      readonly link: number;
      readonly outLink: number;
      /** Undefined: all classes, at any rate. */
      readonly allowance?: TransitAllowance | undefined;
      /** Whose packets may pass, 1 to 4,095; undefined: those of no share, and of shares that have no permit here. */
      readonly share?: number | undefined;
    }
  | { readonly operation: "forbid"; readonly link: number; readonly outLink: number }
  | {
      readonly operation: "swap";
      readonly link: number;
      readonly label: number;
      readonly outLink: number;
      readonly outLabel: number;
    }
  | { readonly operation: "end" | "remove"; readonly link: number; readonly label: number }
  /** Something that a newer version may know, or a link without a name. */
  | { readonly operation: "unknown" };

/** Which permits a link vertex heeds: none with allowances, those for no share, or all. */
export type HeededPermits = "none" | "common" | "shares";

/** A part of a table: the body of TransitChanges. */
export interface TransitChanges {
  readonly generation: number;
  /** The number of the first change. */
  readonly first: number;
  /** The number of changes with which the table is whole. */
  readonly whole: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly changes: readonly TransitChange[];
}

/** How much of a label table a link vertex has taken. */
export interface TransitProgress {
  readonly generation: number;
  /** How many changes the link vertex has taken. */
  readonly taken: number;
  /** The code why the link vertex takes no more changes; "": it takes them. */
  readonly code: string;
}

/** The counts of a link vertex since its start: the body of TransitReport. */
export interface TransitReport {
  readonly number: number;
  readonly generation: number;
  readonly links: readonly TransitLinkCounts[];
  readonly pairs: readonly TransitPairCounts[];
  readonly labels: readonly TransitLabelCounts[];
  readonly classes: readonly TransitClassCounts[];
}

export interface TransitLinkCounts {
  readonly link: number;
  readonly packetsForwarded: number;
  /** Bytes of all packets of the link that were decided about, dropped ones included. */
  readonly bytesIn: number;
  readonly drops: readonly TransitDrops[];
  readonly packetsOut: number;
  readonly bytesOut: number;
  /** Packets that were to leave on the link while it was down. */
  readonly packetsRefused: number;
}

export interface TransitDrops {
  /** A name of docs/protocol/mesh-packet.md, or of a later version of it. */
  readonly cause: string;
  readonly packets: number;
  /** The label under the cursor of one of these packets, or 0. */
  readonly label: number;
}

export interface TransitPairCounts {
  readonly link: number;
  readonly outLink: number;
  readonly packetsPassed: number;
  readonly packetsLimited: number;
}

/** Counts of one traffic class for the permits of a pair of links, for one share. */
export interface TransitClassCounts {
  readonly link: number;
  readonly outLink: number;
  /** 0: for the permits for no share. */
  readonly share: number;
  readonly trafficClass: number;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that had no right to pass, or were too many. */
  readonly packetsDenied: number;
}

export interface TransitLabelCounts {
  readonly link: number;
  readonly label: number;
  readonly packets: number;
}

/** The table that a cluster vertex hands over. Its changes are made when they are asked for: there may be a million. */
export interface TransitTable {
  /** How many changes make it whole; more than none. */
  readonly size: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  /** The number of a change stays, whoever takes the table. */
  change(number: number, heeds: HeededPermits): TransitChange;
}

/** Whoever forwards in a link vertex, as `PortalServer` calls it. */
export interface TransitTaker {
  /** The progress in the present attachment, once its cluster vertex has sent something of a table. */
  readonly progress: TransitProgress | undefined;
  /** A cluster vertex is attached. The table of an earlier attachment holds until it is confirmed, replaced, or dropped. */
  handleAttached(instance: string): void;
  handleChanges(changes: TransitChanges): void;
  /** Drops a table of an earlier attachment that the attached cluster vertex has not confirmed in time. */
  dropUnconfirmed(): void;
  /** The cluster vertex has gone: its table holds no longer. */
  drop(): void;
  /** The cluster vertex has taken that report. True: there is more to tell. */
  handleReportTaken(number: number): boolean;
  /** Counts that the cluster vertex does not know, some at a time; undefined: there are none. An earlier report that was not taken counts as lost. */
  pollReport(): TransitReport | undefined;
}
