/** The links of simulated vertices, as those who only look at them, and the vertices at their ends, see them. */
import type { OverlayLink } from "@florenetes/fabric-flor/src/agent/door/overlay.ts";

export interface FleetLink {
  readonly peer: string;
  readonly name: string;
  readonly label: number;
  /** The number of the link in the label table. */
  readonly number: number;
  isUp: boolean;
  code: string;
  /** The endpoint at which this end has called. */
  endpoint: string | undefined;
  order: OverlayLink;
  stop: () => void;
}

/** A vertex with links. */
export interface LinkOwner {
  readonly name: string;
  readonly isDead: boolean;
  readonly links: LinkEnds;
  /** Whether pins let the peer in. */
  readonly lets: (peer: string) => boolean;
  /** Links are up or down, or are others. */
  readonly onLinks: () => void;
  readonly onKnock: (peer: string) => void;
  /** The link to a peer has gone. */
  readonly onLost: (peer: string) => void;
}

/** The ends of links at one vertex, as the vertices at the other ends use them. */
export interface LinkEnds {
  readonly to: (peer: string) => FleetLink | undefined;
  /** Returns an empty text where the caller is let in, else why it is not. */
  readonly handleCall: (caller: LinkOwner) => string;
  /** The peer has ended its link, or nothing comes from it. */
  readonly lose: (peer: string, code: string) => void;
}
