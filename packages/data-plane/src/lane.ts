/** The data thread of link-flor, as native/node shows it to JavaScript. Its orders, events and figures are declared in native/declaration. */
import type { NativeAdoption, NativeLaneOrders } from "./generated/orders.ts";
import type { NativeThread } from "./native-thread.ts";
import type { NativeConnection } from "./quic.ts";

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
 * Clusters and sessions are named by numbers of the caller's choice. An order that names what is not there does nothing; one that there is no room
 * for waits, and those after it as well. When too many do, those that may be lost are given up, and say so by false. An order that nobody could carry
 * out throws: a message without bytes, a handle that is 0, and the like.
 */
export interface NativeLane extends NativeThread, NativeLaneOrders {
  /** For `readLaneFigures`. This waits for the thread, some milliseconds at most under load; null: it does not answer. */
  figures(cluster: number): Uint8Array | null;
  /** Closes and forgets all of it. Behind the event `clusterRemoved` nothing comes of it, and its number may be used again. */
  removeCluster(cluster: number): void;
  /** This message of the partner is not told any more when it comes again. Empty: all are told. */
  setKnownMessage(cluster: number, message: Uint8Array): void;
  /** How many milliseconds ago such a message came last; null: none did. This does not wait for the thread. */
  heardMillisecondsAgo(cluster: number): number | null;
  /** The connection is the thread's from then on: what is left of it here has ended. */
  adopt(adoption: NativeAdoption, connection: NativeConnection): NativeLiveCounts;
}

export interface NativeLanes {
  /** Starts the thread. `bell` is called when there are events, and not again before they are taken. Throws where the system has no
   *  thread for us. */
  readonly NativeLane: new (now: number, bell: () => void) => NativeLane;
}
