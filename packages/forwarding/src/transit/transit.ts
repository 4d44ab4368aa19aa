import type { LinkKey, LinkStatus, TransitTaker } from "@florenetes/portal-api";

/** Forwards what only passes through a link vertex, by the label table that its cluster vertex hands over: here, or elsewhere. */
export interface Transit extends TransitTaker {
  /** How many labels it forwards by; 0: it forwards nothing. */
  readonly labels: number;
  /** How many packets it has decided about since the start. */
  readonly packetsDecided: number;
  handleStatus(status: LinkStatus): void;
  handleClosed(key: LinkKey): void;
  /** Takes a packet of a link if it only passes through. False: it is for the cluster vertex, and as it was. */
  handlePacket(handle: number, packet: Uint8Array, start: number, end: number): boolean;
  /** All packets of this turn were handed over. */
  handleTurnEnd(): void;
}

/** The portal whose packets are forwarded. */
export interface TransitHost {
  /** Largest packet that a link carries. */
  readonly packetSizeMax: number;
  /** Monotonic milliseconds; read once for a turn. */
  readonly now: () => number;
  /** Takes a packet for a link that is up, with room before it, and the number of the link that it came in on. */
  readonly send: (handle: number, packet: Uint8Array, start: number, end: number, inLink: number) => void;
  /** Its progress is another, or there is a report, though nobody has called it. */
  readonly onNews: () => void;
}

export type OpenTransit = (host: TransitHost) => Transit;
