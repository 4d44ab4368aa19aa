/** The Portal API's words for a link, used on both sides of it. */

/** Links belong to (cluster, peer, tag), never to an instance of a process. */
export interface LinkKey {
  /** Name of the peer's vertex principal in the same cluster. */
  readonly peer: string;
  /** Tells parallel links to one peer apart; "0" by default. */
  readonly tag: string;
}

/** A link that a cluster vertex wants: the body of OpenLink. */
export interface LinkWish extends LinkKey {
  readonly role: "originator" | "acceptor";
  /** Understood by the link protocol alone (`udp://host:port`); an acceptor's is empty. */
  readonly endpoint: string;
  /** Bits per second that the link may send, headers of IP and UDP included; undefined: as many as the path takes. */
  readonly rate?: number | undefined;
  /** The peer must show one of these keys, by the lower-case hex SHA-256 of its SubjectPublicKeyInfo (DER); undefined: any. */
  readonly pins?: ReadonlySet<string> | undefined;
  /** The most datagrams that an originator sends to the endpoint as long as nothing is heard from there; undefined: as many as it likes. */
  readonly unansweredMax?: number | undefined;
}

export type LinkStateKind = "connecting" | "up" | "down" | "refused";

/** The state of a link, as its link vertex tells it: the body of LinkState. */
export interface LinkStatus extends LinkKey {
  readonly state: LinkStateKind;
  /** Names the link in DATA frames while it is up; 0 otherwise. Changes with every session. */
  readonly handle: number;
  /** Largest packet that the link carries, in bytes; 0 unless up. */
  readonly mtu: number;
  /** Larger packets are better not sent at present, though the link carries them; at most `mtu`, and 0 unless up. */
  readonly preferredMtu: number;
  /** A stable reason code for `down` and `refused` (docs/protocol/portal-api.md lists them), or "". */
  readonly code: string;
  /** Explains the code to people. */
  readonly text: string;
  /** The link's queue is full: sources should hold back until a status says otherwise. */
  readonly isCongested: boolean;
  /** The set of traffic classes whose sources should hold back; undefined: all classes. */
  readonly congestedClasses?: number | undefined;
  /** While nothing is sent, a sign of life passes once in so many seconds; undefined: the link is not quiet. */
  readonly quietSeconds?: number | undefined;
}

export interface LinkStats extends LinkKey {
  readonly rttMs: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsLost: number;
  readonly packetsDropped: number;
  readonly queueLength: number;
  /** The address at which the peer is seen, in the form of an endpoint; undefined: not known. */
  readonly peerAddress?: string | undefined;
}

/** A vertex of the cluster that has proven who it is, and wants a link that the cluster vertex has not asked for. */
export interface Knock extends LinkKey {
  /** Lower-case hex SHA-256 of the SubjectPublicKeyInfo (DER) of its certificate. */
  readonly keyHash: string;
  /** The address at which it is seen, in the form of an endpoint; undefined: not known. */
  readonly address?: string | undefined;
}
