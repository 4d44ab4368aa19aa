/** The interface between a link protocol and the rest of a link vertex. Times are milliseconds of one monotonic clock. */

export interface LinkKey {
  /** Name of the vertex at the other end. */
  readonly peer: string;
  /** Tells parallel links to one peer apart. */
  readonly tag: string;
}

/** A link that the cluster vertex wants, until it is closed. */
export interface LinkWish extends LinkKey {
  /** An originator calls, an acceptor is called. */
  readonly role: "originator" | "acceptor";
  /** The address that an originator calls: a text of the protocol's own. */
  readonly endpoint: string;
  /** Bits per second that it may send; undefined: as many as its path takes. */
  readonly rate?: number | undefined;
}

export type LinkState =
  /** The handle names the link in packets, and is another one for each session; packets have `mtu` bytes at most. */
  | { readonly state: "up"; readonly handle: number; readonly mtu: number }
  /** `refused` needs somebody who mends it; `down` comes back by itself. The codes are those of docs/protocol/portal-api.md. */
  | { readonly state: "down" | "refused"; readonly code: string; readonly text: string };

/** Why something is refused, or has ended: a code of docs/protocol/portal-api.md, and a text for people. */
export interface Refusal {
  readonly code: string;
  readonly text: string;
}

/** Somebody whose certificates are in order. That it has their key is for the protocol to have proven. */
export interface Peer {
  /** Why no link with it may go on, looked at now; undefined: it may. To be asked about once a second. */
  findUnfitness(): Refusal | undefined;
}

/** The vertex of one cluster, as its link protocol sees it. */
export interface Vertex {
  readonly cluster: string;
  readonly name: string;
  /** A text of the protocol's own, from the config file. */
  readonly listen: string;
  /** This life of the process: the later one has started later. */
  readonly instance: { readonly id: string; readonly startedAt: number };
  /** Our certificates in DER, the leaf first, as they are now. */
  readonly chain: readonly Uint8Array[];
  /** The key of the leaf as PEM, as it is now. */
  readonly privateKeyPem: Uint8Array;
  now(): number;
  /** Judges the chain that a peer has shown, by our roots and revocation lists. */
  judge(chain: readonly Uint8Array[], name: string): Peer | Refusal;
  /** Says what has become of a link that is wanted. */
  setState(key: LinkKey, state: LinkState): void;
  /** Gives a packet of a link that is up to the cluster vertex. */
  deliver(handle: number, packet: Uint8Array): void;
  /** A line of the log. How often one code is logged is limited. */
  log(code: string, text: string): void;
}

/** The links of one cluster. No call throws, whatever peers send. */
export interface Links {
  /** Makes a link, and goes on until `close`: `setState` says what becomes of it. For one that is there: another rate. */
  open(wish: LinkWish): void;
  /** Ends a link, and tells the neighbour the code. */
  close(key: LinkKey, code: string): void;
  /** A packet of the cluster vertex, which may be kept. One that is too large, or for no link, is dropped. */
  send(handle: number, packet: Uint8Array): void;
  /** Our certificates are others. Links go on, and their peers hear of it. */
  handleCredentials(): void;
  /** Tells all neighbours, and lets go of the socket. */
  stop(): Promise<void>;
}

export interface LinkProtocol {
  /** Cluster vertices are told that links run over it. */
  readonly name: string;
  /** No link carries larger packets. */
  readonly mtu: number;
  /** Rejects when it cannot listen: it is tried again. */
  open(vertex: Vertex): Promise<Links>;
}
