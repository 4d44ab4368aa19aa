import type { IdentityStatus, RevocationStatus } from "@florenetes/identity";
import type { Counts } from "@florenetes/process-kit";
import type { LinkStatusRow } from "../link-protocol.ts";
import type { LinkTraffic } from "../link-traffic.ts";

/** A cluster that this link vertex serves. */
export interface ClusterPortalStatus {
  readonly cluster: string;
  /** The vertex principal whose credentials are used, as `vertex/<name>`. */
  readonly principal: string;
  /** Bound UDP address, `udp://host:port`. */
  readonly listen: string;
  readonly certificate: IdentityStatus;
  /** The lists in force, and what was refused. */
  readonly revocation: RevocationStatus;
  readonly portal: PortalStatus;
  readonly links: readonly LinkStatusRow[];
  /** Handshakes by outcome: completed, and each way of failing. */
  readonly handshakes: Counts;
  /** Attempts to connect that are under way or have just failed, and links that wait for their turn to make one. */
  readonly attempts: { readonly underWay: number; readonly waiting: number };
  /** The UDP socket's datagrams: received, sent, and dropped by cause. */
  readonly udp: LinkTraffic;
  /** Datagrams, packets and messages that were thrown away and belong to no link, by the part that did it, then by cause. Each counts once. */
  readonly drops: { readonly udp: Counts; readonly florio: Counts };
}

interface PortalStatus {
  readonly bind: string;
  readonly connect: string;
  /** `waiting`: no cluster vertex is there (yet). */
  readonly state: "waiting" | "attached" | "refused";
  /** Stable reason code of `refused`, else "". */
  readonly code: string;
  readonly text: string;
  readonly sinceMs: number;
  /** Number of labels by which this link vertex forwards packets that only pass through; 0: the cluster vertex forwards them. */
  readonly transitLabels: number;
  /** How many packets this link vertex has forwarded by label, or dropped on their way. */
  readonly transitPackets: number;
  /** Vertices of the cluster that wanted links which nobody here has asked for: how often the cluster vertex was told, and how often it was not,
   *  since too many others had just been. */
  readonly knocks: { readonly told: number; readonly dropped: number };
  /** Counters of this side of the FlorIO socket pair and of the Portal API on it, by their names there. */
  readonly florio: Counts;
}
