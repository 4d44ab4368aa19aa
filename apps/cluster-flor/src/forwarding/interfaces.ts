/**
 * The interfaces between the three services. A link is its index in `ClusterConfig.links`; `LINK_NONE` stands where a
 * packet came from, or goes to, this vertex itself.
 */
import type { TrafficClass } from "@florenetes/forwarding";

export { LINK_NONE } from "@florenetes/forwarding";

/** The connection service, for forwarding and transport: it takes packets. */
export interface LinkOutput {
  isUp(link: number): boolean;
  /** False while the queue of the link, or of the socket to the link vertex, is long enough: sources hold back then, transit does not. */
  isWritable(link: number, trafficClass: TrafficClass): boolean;
  /** Largest packet that the link carries; 0 while it is down. */
  mtu(link: number): number;
  /** Largest packet that a source should send at present, though larger ones are carried; 0 while the link is down. */
  preferredMtu(link: number): number;
  /** While nothing is sent over the link, a sign of life passes once in so many seconds; 0: it is not quiet, or down. */
  quietSeconds(link: number): number;
  /** Copies one mesh packet into what leaves on the link at the end of this turn. False: dropped (down or full).
   *  @param inLink `LINK_NONE`: the packet starts at this vertex. */
  sendPacket(link: number, packet: Uint8Array, start: number, end: number, inLink: number): boolean;
  /** Sends a whole received FlorIO frame of `inLink`, all of whose `packetCount` packets go out on the link. The frame is given away.
   *  False: dropped (down or full). */
  sendFrame(link: number, frame: Uint8Array, packetCount: number, inLink: number): boolean;
  /** No more packets come in this turn: gathered packets leave now. */
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
  /** The link that its labels lead to, and that did not take it; `LINK_NONE`: they lead to no link. */
  readonly outLink: number;
  /** An index of `FORWARDING_DROP_NAMES`; `DropCause.operations`: the question is for this vertex. */
  readonly cause: number;
  /** The place of the label word that was read last; undefined: the word was overwritten, since there is an out-link. */
  readonly at: number | undefined;
  /** The question's origin guesses labels: it gets no answer. */
  readonly isGuessing: boolean;
  /** The whole packet, which the taker may keep. */
  readonly packet: Uint8Array;
}

/** Answers questions of traces. */
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
   * Whether the origin of the packet that is being delivered guesses labels: then the packet gets no answer, unless it belongs to a
   * connection that exists.
   */
  isGuessing(packet: Uint8Array, start: number, inLink: number): boolean;
  /** No more packets are sent in this turn: gathered packets leave now. */
  flush(): void;
  /** Whether packets sent on that link leave this vertex (`LINK_NONE`: always). */
  isUp(outLink: number): boolean;
  /** Whether a source should send now on that link (`LINK_NONE`: always). */
  isWritable(outLink: number, trafficClass: TrafficClass): boolean;
  /** See `LinkOutput.mtu`; `LINK_NONE` has none. */
  mtu(outLink: number): number;
  preferredMtu(outLink: number): number;
  /** See `LinkOutput.quietSeconds`; `LINK_NONE` is never quiet. */
  quietSeconds(outLink: number): number;
}
