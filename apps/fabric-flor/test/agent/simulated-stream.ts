/** A stream between two agents: each end has its own number for it. */
export interface SimStream<Node> {
  readonly peer: Node;
  /** The number at the peer; undefined until it has accepted. */
  far: number | undefined;
  /** The peer has opened it: this agent is the source. */
  readonly isServed: boolean;
  /** Octets that wait as the agent does not read. */
  readonly waiting: Uint8Array[];
}
