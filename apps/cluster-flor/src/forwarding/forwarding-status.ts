import type { Counts } from "@florenetes/process-kit";

/** Counts of the packets that came in over links, by what was done with them. */
export interface ForwardingStatus {
  readonly links: readonly {
    readonly name: string;
    readonly packetsForwarded: number;
    readonly packetsDelivered: number;
    /** Different labels that mean nothing here, as far as they are still looked up: docs/protocol/mesh-packet.md, "Who guesses labels". */
    readonly labelsGuessed: number;
    /** By cause, an out-link that is down or full included. */
    readonly drops: Counts;
    /** A label by which one of these packets was dropped, by cause, where one is known. */
    readonly droppedLabels: Counts;
  }[];
  /** Pairs of links that packets may pass through, each direction by itself. */
  readonly transit: readonly TransitStatus[];
}

export interface TransitStatus {
  readonly inLink: string;
  readonly outLink: string;
  readonly packets: number;
  /** Thrown away: more than `transit-limit` permits. */
  readonly packetsDropped: number;
}
