import type { TrafficClassName } from "@florenetes/forwarding";
import type { FlorioCounters } from "@florenetes/florio";
import type { PortalClient } from "@florenetes/portal-api";
import type { LinkFigures } from "./link-figures.ts";

/** A counter of this side of a portal. `framesDroppedUnknownLink` counts frames whose handle names no link. */
type PortalCount = keyof FlorioCounters | keyof PortalClient["counters"] | "framesDroppedUnknownLink";

export interface PortalStatus {
  readonly name: string;
  readonly bind: string;
  readonly connect: string;
  /** `waiting`: no link vertex has answered yet; `refused`: the link vertex refuses this vertex, or this vertex refuses it. */
  readonly state: "waiting" | "attached" | "refused";
  /** Stable reason code of `refused`, else "". */
  readonly code: string;
  /** Why the portal is not attached, in words for people. */
  readonly text: string;
  readonly sinceMs: number;
  /** The protocol that the links of an attached portal run over, as its link vertex says; null: it does not say. */
  readonly linkProtocol: string | null;
  /** Packets from one link of the portal to another are forwarded by this vertex (`here`), or by the link vertex (`offloaded`). */
  readonly transit: "here" | "offloaded";
  /** Counters of this side of the FlorIO socket pair and of the Portal API on it, by their names there. */
  readonly florio: Readonly<Record<PortalCount, number>>;
}

export interface LinkStatusRow {
  readonly name: string;
  readonly portal: string;
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  /** The state that the link vertex reports; `waiting` while the portal is not attached. */
  readonly state: "waiting" | "connecting" | "up" | "down" | "refused";
  readonly code: string;
  readonly text: string;
  /** How long the link has been in this state. */
  readonly sinceMs: number;
  /** Bytes; 0 unless up. */
  readonly mtu: number;
  /** Larger packets are carried, but marked, so that their source makes smaller ones; 0 unless up. */
  readonly preferredMtu: number;
  /** The link's name in FlorIO frames; 0 unless up. */
  readonly handle: number;
  /** The link's acceptor has waited 3 s for a first sign of its peer: perhaps the other end is an acceptor too. */
  readonly isNeverContacted: boolean;
  readonly isCongested: boolean;
  /** The traffic classes whose sources should hold back. */
  readonly congestedClasses: readonly TrafficClassName[];
  /** How often it came up. */
  readonly ups: number;
  /** Packets given to the link vertex. Packets that were lost before it had them are counted among FlorIO's losses as well. */
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Packets for the link that were not given to the link vertex; forwarding counts them, too, by cause. */
  readonly packetsDropped: number;
  /** Packets in either direction that the link vertex has forwarded by itself, or dropped on their way through. */
  readonly offloadedIn: number;
  readonly offloadedOut: number;
  /** The link vertex's own figures; null unless the link is up and the link vertex reports any. */
  readonly figures: LinkFigures | null;
}
