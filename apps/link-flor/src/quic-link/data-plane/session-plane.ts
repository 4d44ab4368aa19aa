import type { PressureLoads } from "@florenetes/process-kit";
import type { Session } from "../sessions/session.ts";

/** A session in its endpoint, as far as its plane sees it. */
export interface CarriedSlot {
  readonly session: Session;
  /** The connection ID of ours that leads to it. */
  readonly id: Uint8Array;
  readonly link: CarriedLink | undefined;
  /** Something happened to its session. */
  handleNews(): void;
}

/** A link, as far as the plane of its sessions sees it. */
export interface CarriedLink {
  /** The handle is that of its DATA frames; 0: it has none. */
  readonly status: { readonly handle: number };
  /** The session that carries it. */
  readonly current: { readonly session: Session } | undefined;
}

/**
 * The part of a data plane that carries the sessions of one cluster's links, once they are up. The endpoint decides which of them carries a
 * link, and asks no plane which one it is.
 */
export interface SessionPlane {
  /** Takes over the session of a slot, which has just come up. Returns the one that stands for it from now on. */
  carry(slot: CarriedSlot, now: number): Session;
  /** The link may have another handle, which the cluster vertex is about to be told: what it sends under it then finds its way. */
  setRoute(link: CarriedLink): void;
  /** The cluster vertex knows the link's handle: all that comes goes there under it, what comes in former sessions, too. */
  setHandle(link: CarriedLink): void;
  /** The session of the slot is over, and late packets are not waited for any more. */
  forget(slot: CarriedSlot): void;
  /** Datagrams and packets that were dropped, belong to no session, and were not counted by the endpoint. */
  drops(): SessionPlaneDrops;
  /** How near it is to its limits, besides what its sessions tell. */
  loads(): PressureLoads;
}

export interface SessionPlaneDrops {
  /** Datagrams for sessions that were not of their keys, duplicates, or from elsewhere. */
  readonly datagramsIgnored: number;
  readonly datagramsSessionOver: number;
  /** Datagrams of strangers, messages and probes: they came faster than this thread takes them. */
  readonly untold: number;
  /** Datagrams of this thread: they came faster than the socket takes them. */
  readonly unsent: number;
  /** Packets under a handle that is no link's. */
  readonly packetsNoLink: number;
}

/** Makes what carries sessions. It calls `onNews` when something happened to one of them, by itself and not within a call to the endpoint. */
export type OpenSessionPlane = (onNews: () => void) => SessionPlane;
