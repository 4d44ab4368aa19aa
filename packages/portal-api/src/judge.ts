/** The Portal API's words for judging a peer, where the link vertex asks and the cluster vertex answers. */

/** A link vertex's question: may this peer be at the other end of a link? */
export interface PeerQuestion {
  /** The role of the end that presents the chain. */
  readonly presenter: "originator" | "acceptor";
  /** The name that the peer must have; "": any. */
  readonly peer: string;
  /** Certificates in DER, the peer's own first. */
  readonly chain: readonly Uint8Array[];
  /** The link is up: the ends of certificates and lists do not count. */
  readonly isOpen: boolean;
}

/** The peer may be there. */
export interface PeerAccepted {
  /** SPIFFE ID. */
  readonly principal: string;
  readonly name: string;
  /** When the first certificate of its way to the root ends, in milliseconds since 1970. */
  readonly goodUntil: number;
  /** How long after it a link goes on that was made before. */
  readonly graceMs: number;
}

/** A peer that may not use the link, with a stable code and a text for people. */
export interface PeerRefused {
  readonly code: string;
  readonly text: string;
}

/** Whoever judges peers for the link vertices. */
export interface PeerJudge {
  /** Counts up, from 1, whenever a verdict may be another one than before; 0: there is nothing to judge by. */
  readonly generation: number;
  /** Answers at once, and never throws for what the chain holds. */
  judge(question: PeerQuestion): PeerAccepted | PeerRefused;
}
