import type { Counts } from "@florenetes/process-kit";
import type { PermitStatus } from "./permit-status.ts";

/** Counts of the packets that came in over links, by what was done with them. */
export interface ForwardingStatus {
  readonly links: readonly {
    readonly name: string;
    readonly packetsForwarded: number;
    readonly packetsDelivered: number;
    /** Different labels without a meaning here that were tried, up to the bound on guesses: docs/protocol/mesh-packet.md, "Who guesses labels". */
    readonly labelsGuessed: number;
    /** Drops by cause, including an out-link that is down or full. */
    readonly drops: Counts;
    /** By cause, a label by which one of these packets was dropped, if one is known. */
    readonly droppedLabels: Counts;
  }[];
  /** Pairs of links that packets may pass through, each direction by itself. */
  readonly transit: readonly TransitStatus[];
  /** Pairs of links that permits open, each direction by itself. */
  readonly permits: readonly PermitStatus[];
}

export interface TransitStatus {
  readonly inLink: string;
  readonly outLink: string;
  readonly packets: number;
  /** Packets dropped because they were more than `transit-limit`, or a permit, lets pass. */
  readonly packetsDropped: number;
}
