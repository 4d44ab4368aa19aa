import type { PressureLoads } from "@florenetes/process-kit";
import type { Session } from "../sessions/session.ts";

/** A session in its endpoint, as far as its plane sees it. */
export interface CarriedSlot {
  readonly session: Session;
  /** The connection ID of ours that leads to it. */
  readonly id: Uint8Array;
  readonly link: CarriedLink | undefined;
  /** Something happened to the session, on which the endpoint is to act. */
  handleNews(): void;
}

/** A link, as far as the plane of its sessions sees it. */
export interface CarriedLink {
  /** The handle of the link in DATA frames; 0: it has none. */
  readonly status: { readonly handle: number };
  /** The session that carries the link. */
  readonly current: { readonly session: Session } | undefined;
}

/**
 * The part of a data plane that carries the sessions of one cluster's links, once they are up. The endpoint decides which session carries a
 * link, and never asks which plane it has.
 */
export interface SessionPlane {
  /** Takes over the session of a slot, which has just come up. Returns the session that stands for it from now on. */
  carry(slot: CarriedSlot, now: number): Session;
  /** The link may have a new handle, which the cluster vertex is about to be told. Packets under that handle are for this link from now on. */
  setRoute(link: CarriedLink): void;
  /** The cluster vertex has been told the link's handle. Packets that come for it have that handle from now on, in former sessions, too. */
  setHandle(link: CarriedLink): void;
  /** The session of the slot is over, and late packets are no longer expected. */
  forget(slot: CarriedSlot): void;
  /** Datagrams and packets that were dropped, belong to no session, and were not counted by the endpoint. */
  drops(): SessionPlaneDrops;
  /** How near the plane is to its limits, besides what its sessions tell. */
  loads(): PressureLoads;
}

export interface SessionPlaneDrops {
  /** Datagrams for sessions that their keys did not open, duplicates, and those from elsewhere. */
  readonly datagramsIgnored: number;
  readonly datagramsSessionOver: number;
  /** Datagrams of strangers, messages and probes that came faster than this thread takes them. */
  readonly untold: number;
  /** Datagrams of this thread that came faster than the socket takes them. */
  readonly unsent: number;
  /** Packets under a handle that is no link's. */
  readonly packetsNoLink: number;
}

/** Makes a plane, which calls `onNews` when something has happened to a session by itself, and not within a call of the endpoint. */
export type OpenSessionPlane = (onNews: () => void) => SessionPlane;
