/** The interface between a link protocol and the rest of a link vertex. Times are milliseconds of one monotonic clock. */

export interface LinkKey {
  /** Name of the vertex at the other end. */
  readonly peer: string;
  /** Tells parallel links to one peer apart. */
  readonly tag: string;
}

/** A link that the cluster vertex wants, until it is closed. */
export interface LinkWish extends LinkKey {
  /** The originator calls, the acceptor is called. */
  readonly role: "originator" | "acceptor";
  /** The address that an originator calls: a text of the protocol's own. */
  readonly endpoint: string;
  /** Bits per second that the link may send; undefined: as many as its path takes. */
  readonly rate?: number | undefined;
}

export type LinkState =
  /** The handle names the link in packets. Each session has another one. Packets have `mtu` bytes at most. */
  | { readonly state: "up"; readonly handle: number; readonly mtu: number }
  /** A person has to mend a link that is `refused`; one that is `down` comes back by itself. docs/protocol/portal-api.md has the codes. */
  | { readonly state: "down" | "refused"; readonly code: string; readonly text: string };

/** The reason why something is refused, or has ended: a code of docs/protocol/portal-api.md, and a text for people. */
export interface Refusal {
  readonly code: string;
  readonly text: string;
}

/** A peer whose certificates are in order. The link protocol has to prove that the peer has their key. */
export interface Peer {
  /** Looks whether links with the peer may go on: undefined, or the reason why not. To be asked about once a second. */
  findUnfitness(): Refusal | undefined;
}

/** The vertex of one cluster, as its link protocol sees it. */
export interface Vertex {
  readonly cluster: string;
  readonly name: string;
  /** The place at which the protocol listens: a text of its own, from the config file. */
  readonly listen: string;
  /** The present life of the process. A later life has a later `startedAt`. */
  readonly instance: { readonly id: string; readonly startedAt: number };
  /** The vertex's present certificates in DER, the leaf first. */
  readonly chain: readonly Uint8Array[];
  /** The present key of the leaf, as PEM. */
  readonly privateKeyPem: Uint8Array;
  now(): number;
  /** Judges the chain that a peer has shown, by the vertex's roots and revocation lists. */
  judge(chain: readonly Uint8Array[], name: string): Peer | Refusal;
  /** Sets the state of a link that is wanted. */
  setState(key: LinkKey, state: LinkState): void;
  /** Gives a packet of a link that is up to the cluster vertex. */
  deliver(handle: number, packet: Uint8Array): void;
  /** Writes a line of the log. Lines of one code are limited. */
  log(code: string, text: string): void;
}

/** The links of one cluster. No call throws, whatever peers send. */
export interface Links {
  /** Makes a link, and tries until `close`. Its states go to `setState`. For a link that is there, only the rate changes. */
  open(wish: LinkWish): void;
  /** Ends a link, and tells the neighbour the code. */
  close(key: LinkKey, code: string): void;
  /** Sends a packet of the cluster vertex. The packet may be kept. It is dropped if it is too large, or for no link. */
  send(handle: number, packet: Uint8Array): void;
  /** Handles new certificates of the vertex: links go on, and their peers get the certificates. */
  handleCredentials(): void;
  /** Tells all neighbours of the end, and closes the socket. */
  stop(): Promise<void>;
}

export interface LinkProtocol {
  /** The protocol's name, which cluster vertices are told. */
  readonly name: string;
  /** Bytes of the largest packet that a link carries. */
  readonly mtu: number;
  /** Opens the links of a cluster. Rejects when the protocol cannot listen, and is called again then. */
  open(vertex: Vertex): Promise<Links>;
}
