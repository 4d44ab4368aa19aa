/**
 * The interfaces between the three services. A link is its index in `ClusterConfig.links`; `LINK_NONE` stands where a
 * packet came from, or goes to, this vertex itself.
 */
import type { TrafficClass } from "@florenetes/forwarding";

export { LINK_NONE } from "@florenetes/forwarding";

/** The connection service, for forwarding and transport: it takes packets. */
export interface LinkOutput {
  isUp(link: number): boolean;
  /** False while the link, or the socket to the link vertex, has enough to do: a source holds back, transit does not. */
  isWritable(link: number, trafficClass: TrafficClass): boolean;
  /** Largest packet that the link carries; 0 while it is down. */
  mtu(link: number): number;
  /** Larger ones are better not sent at present, though they are carried; 0 while it is down. */
  preferredMtu(link: number): number;
  /** Copies one mesh packet into what leaves on the link at the end of this turn. False: dropped (down or full).
   *  @param inLink `LINK_NONE`: it is of this vertex itself. */
  sendPacket(link: number, packet: Uint8Array, start: number, end: number, inLink: number): boolean;
  /** Sends a whole received FlorIO frame of `inLink`, all of whose `packetCount` packets go out on the link. The frame is given away.
   *  False: dropped (down or full). */
  sendFrame(link: number, frame: Uint8Array, packetCount: number, inLink: number): boolean;
  /** No more packets come in this turn: what was gathered leaves now. */
  flush(): void;
}

/** The transport service, for forwarding: packets end there. Both calls may decrypt the payload in place. */
export interface LocalDelivery {
  deliverToService(service: number, packet: Uint8Array, start: number, end: number, inLink: number): void;
  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void;
  /** All packets of one frame have been handed over: now is the time to act on them. */
  handleFrameEnd(): void;
}

/** A question of a trace that goes no further: its labels end here, or something is in its way. */
export interface StoppedQuestion {
  readonly inLink: number;
  /** The link that did not take it, which its labels have led to; `LINK_NONE`: they have led to none. */
  readonly outLink: number;
  /** By the index of `FORWARDING_DROP_NAMES`; `DropCause.operations`: it is for this vertex. */
  readonly cause: number;
  /** The word that was read last; undefined: that was written over, since there is an out-link. */
  readonly at: number | undefined;
  /** Labels were guessed from where it comes: it gets no answer. */
  readonly isGuessing: boolean;
  /** All of it, the taker's to keep. */
  readonly packet: Uint8Array;
}

/** Whatever answers questions of traces. */
export interface QuestionTaker {
  handleQuestion(question: StoppedQuestion): void;
}

/** Forwarding, for the transport service: its packets start there. */
export interface PacketOrigin {
  /**
   * Sends a packet of this vertex's own, with its cursor at 0, out on the first link of its path; with `LINK_NONE` it is
   * looked up in this vertex's own table first (a service on the tunnel's own node). False: dropped, and counted.
   */
  sendFromHere(outLink: number, packet: Uint8Array, start: number, end: number): boolean;
  /**
   * Whether labels were guessed from where the packet comes that is just being delivered here: then it gets no answer, unless it is
   * of a connection that is there.
   */
  isGuessing(packet: Uint8Array, start: number, inLink: number): boolean;
  /** No more packets are sent in this turn: those that were gathered leave now. */
  flush(): void;
  /** Whether what is sent on that link leaves this vertex (`LINK_NONE`: always). */
  isUp(outLink: number): boolean;
  /** Whether a source should send now on that link (`LINK_NONE`: always). */
  isWritable(outLink: number, trafficClass: TrafficClass): boolean;
  /** See `LinkOutput.mtu`; `LINK_NONE` has none. */
  mtu(outLink: number): number;
  preferredMtu(outLink: number): number;
}
