import type { TrafficClassName } from "@florenetes/forwarding";

/** The layer that the control agent of this node puts above the operator's file. */
export interface Overlay {
  readonly paths: readonly OverlayPath[];
  readonly leads: readonly Lead[];
  /** Pairs of links that permits open. Undefined: none. */
  readonly transit?: readonly OverlayTransit[] | undefined;
  /** SHA-256 hashes of the public keys (SubjectPublicKeyInfo, in lower-case hex) that a principal, as `service/web`, may show. */
  readonly pins: ReadonlyMap<string, ReadonlySet<string>>;
  /** Links beside those of the file; undefined: none. */
  readonly links?: readonly OverlayLink[] | undefined;
}

export interface OverlayLink {
  /** A name that begins with `auto.`. */
  readonly name: string;
  /** Name of the vertex at the other end. */
  readonly peer: string;
  readonly tag: string;
  /** Name of the portal that carries it; undefined: the first one of the file. */
  readonly portal?: string | undefined;
  /** Endpoints at which this end calls the peer, one after the other until one answers; none: the peer calls, and is let in. */
  readonly endpoints: readonly string[];
  /** Bits per second that may be sent over it; undefined: as many as its path carries. */
  readonly rate?: number | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Its adjacency label, which the vertex chooses when it takes the order; undefined: not yet. */
  readonly label?: number | undefined;
  /** The endpoint that has answered last; undefined: none has. */
  readonly dialled?: string | undefined;
}

/** A permit for packets to pass from a link to another, and back. */
export interface OverlayTransit {
  /** Names of two links. */
  readonly from: string;
  readonly to: string;
  readonly classes: readonly TrafficClassName[];
  /** Bits per second, in each direction by itself. */
  readonly rate: number;
  /** Whose packets may pass; undefined: those of no share, and of shares that have no permit for this pair. */
  readonly share?: number | undefined;
  /** The name that the permit has for the agent. */
  readonly permit: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface OverlayPath {
  /** `auto.<service>.<host>`, or with two dots before the host where the service's name has one. */
  readonly name: string;
  /** Name of the first link; undefined when the service is on this vertex, or the path has routes. */
  readonly link?: string | undefined;
  /** Undefined: the path has routes. */
  readonly labels?: readonly number[] | undefined;
  /** Between these the connections of the path switch, the preferred one first. */
  readonly routes?: readonly OverlayRoute[] | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A path may have several ways. All of them lead to one host. */
export interface OverlayRoute {
  /** Name of the first link. */
  readonly link: string;
  readonly labels: readonly number[];
  /** Names of the vertices from the first neighbour to the host: one for each label. */
  readonly via: readonly string[];
  readonly avoid?: OverlayAvoidance | undefined;
  /** The share that the words of its packets have; undefined: none. */
  readonly share?: number | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Why connections leave a route that has not failed. */
interface OverlayAvoidance {
  readonly why: "capacity_limited" | "fenced";
  /** The traffic classes that leave it where another one is good; undefined: all. Nothing uses a route that is fenced. */
  readonly classes?: readonly TrafficClassName[] | undefined;
}

/** The way to a service for all tunnels and sockets of sessions that have `path: auto` for it. */
export interface Lead {
  /** The name by which tunnels and sockets of sessions want the service. */
  readonly service: string;
  /** The name that the far end proves to have; undefined: the same. */
  readonly proves?: string | undefined;
  /** Name of the path that new connections take; undefined: there is none yet. */
  readonly path?: string | undefined;
  /** Name of a path whose far end is proven by a handshake beforehand. */
  readonly next?: string | undefined;
  /** Name of a path to another host, which new streams take while nothing is heard of the host in use. */
  readonly standby?: string | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export const NO_OVERLAY: Overlay = { paths: [], leads: [], pins: new Map() };

/** Tells that a part of the overlay is not let in, and why. */
export type LeaveOut = (what: string, why: string) => void;
