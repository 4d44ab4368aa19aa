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
  /** Figures for `readLaneFigures`. Waits for the thread, some milliseconds at most under load; null: the thread does not answer. */
  figures(cluster: number): Uint8Array | null;
  /** Closes and forgets all of a cluster. No event of the cluster follows `clusterRemoved`, after which its number may be used again. */
  removeCluster(cluster: number): void;
  /** The thread tells no event when this message of the partner comes again. Empty: it tells of all messages. */
  setKnownMessage(cluster: number, message: Uint8Array): void;
  /** How many milliseconds ago the known message came last; null: never. This does not wait for the thread. */
  heardMillisecondsAgo(cluster: number): number | null;
  /** Hands a connection over to the thread: its object here has ended. */
  adopt(adoption: NativeAdoption, connection: NativeConnection): NativeLiveCounts;
}

export interface NativeLanes {
  /** Starts the thread. `bell` is called when events wait, and not again before they are taken. Throws when the system gives no
   *  thread. */
  readonly NativeLane: new (now: number, bell: () => void) => NativeLane;
}
