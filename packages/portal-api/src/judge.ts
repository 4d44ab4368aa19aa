/** The Portal API's words for judging a peer, where the link vertex asks and the cluster vertex answers. */

/** A link vertex's question: may this peer be at the other end of a link? */
export interface PeerQuestion {
  /** The role of the end that presents the chain. */
  readonly presenter: "originator" | "acceptor";
  /** The name that the peer must have; "": any. */
  readonly peer: string;
  /** Certificates in DER, the peer's own first. */
  readonly chain: readonly Uint8Array[];
  /** The link is up already: the expiry of certificates and CRLs does not count. */
  readonly isOpen: boolean;
}

/** A peer that may be at the other end of the link. */
export interface PeerAccepted {
  /** SPIFFE ID. */
  readonly principal: string;
  readonly name: string;
  /** When the first certificate of the chain up to the root expires, in milliseconds since 1970. */
  readonly goodUntil: number;
  /** How many milliseconds after `goodUntil` a link that is up goes on. */
  readonly graceMs: number;
}

/** A peer that may not use the link, with a stable code and a text for people. */
export interface PeerRefused {
  readonly code: string;
  readonly text: string;
}

/** Whoever judges peers for the link vertices. */
export interface PeerJudge {
  /** Counts up, from 1, whenever verdicts may have changed; 0: there is nothing to judge by. */
  readonly generation: number;
  /** Answers at once, and never throws for what the chain holds. */
  judge(question: PeerQuestion): PeerAccepted | PeerRefused;
}
