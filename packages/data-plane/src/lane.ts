/** The data thread of link-flor, as native/node shows it to JavaScript: orders. Its events and figures are declared in native/declaration. */
import type { NativeTransit } from "./lane-transit.ts";
import type { NativeThread } from "./native-thread.ts";
import type { NativeConnection } from "./quic.ts";

/** A session that is up. Clusters and sessions are named by numbers of the caller's choice. */
export interface NativeAdoption {
  readonly session: number;
  readonly cluster: number;
  /** 8 bytes. */
  readonly ownId: Uint8Array;
  readonly host: string;
  readonly port: number;
  readonly isOriginator: boolean;
  readonly payload: number;
  /** 16 bytes. */
  readonly probeKey: Uint8Array;
  readonly deadAfterMs: number;
}

/** Counts of a session as they were after the thread's last turn that had to do with it: reading them waits for nobody. */
export interface NativeLiveCounts {
  read(): {
    readonly packetsSent: number;
    readonly quicPacketsSent: number;
    readonly quicPacketsReceived: number;
    readonly quicPacketsLost: number;
  };
}

/**
 * Hosts are IP addresses, with the number of the interface where they are link-local. An order that names what is not there does
 * nothing; one that there is no room for waits, and those after it as well. When too many do, those that may be lost are given up, and
 * say so by false. An order that nobody could carry out throws: a message without bytes, a handle that is 0, and the like.
 */
export interface NativeLane extends NativeThread, NativeTransit {
  /** For `readLaneFigures`. This waits for the thread, some milliseconds at most under load; null: it does not answer. */
  figures(cluster: number): Uint8Array | null;
  openUdp(cluster: number, host: string, port: number): void;
  openPort(cluster: number, bind: string, connect: string): void;
  closeUdp(cluster: number): void;
  closePort(cluster: number): void;
  /** Closes and forgets all of it. Behind the event `clusterRemoved` nothing comes of it, and its number may be used again. */
  removeCluster(cluster: number): void;
  sendDatagram(cluster: number, host: string, port: number, bytes: Uint8Array): boolean;
  handleDatagram(cluster: number, host: string, port: number, bytes: Uint8Array): boolean;
  sendMessage(cluster: number, message: Uint8Array): boolean;
  /** Sends it now, and again each interval while the partner is there, until another one is given. */
  repeatMessage(cluster: number, message: Uint8Array, intervalMs: number): void;
  /** This one of the partner is not told any more when it comes again. Empty: all are told. */
  setKnownMessage(cluster: number, message: Uint8Array): void;
  /** How many milliseconds ago such a message came last; null: none did. This does not wait for the thread. */
  heardMillisecondsAgo(cluster: number): number | null;
  sendPacket(cluster: number, handle: number, packet: Uint8Array): boolean;
  /** The connection is the thread's from then on: what is left of it here has ended. */
  adopt(adoption: NativeAdoption, connection: NativeConnection): NativeLiveCounts;
  setRoute(cluster: number, handle: number, session: number): void;
  removeRoute(cluster: number, handle: number): void;
  setHandle(session: number, handle: number): void;
  /** Bytes per second, headers included; 0: as many as the path takes. */
  setRate(session: number, rate: number): void;
  setAddress(session: number, host: string, port: number): void;
  addCopies(session: number, host: string, port: number, bytes: number): void;
  sendStream(session: number, bytes: Uint8Array): void;
  sendProbe(session: number, packet: Uint8Array): boolean;
  ping(session: number): void;
  closeSession(session: number, code: number, reason: string): void;
}

export interface NativeLanes {
  /** Starts the thread. `bell` is called when there are events, and not again before they are taken. Throws where the system has no
   *  thread for us. */
  readonly NativeLane: new (now: number, bell: () => void) => NativeLane;
}
