/** The data thread of cluster-flor, as native/node shows it to JavaScript. Its orders, events and figures are declared in native/declaration. */
import type { NativeClusterOrders, NativeClusterSettings, NativeEndAdoption } from "./generated/orders.ts";
import type { NativeThread } from "./native-thread.ts";
import type { NativeConnection } from "./quic.ts";

/** The kinds of entries of a label table. Each entry is five numbers: its kind; link, in-link or service; label, or the out-link of a
 *  permission; out-link and label to be written, of a swap. The second label of a link is a second entry of it, behind the first. */
export const TableEntry = { link: 1, permit: 2, swap: 3, end: 4, service: 5 } as const;

/** All is named by numbers of the caller's choice; those of links have slots (`slotOf` of packages/forwarding). An order that names what is not there does nothing; one that nobody could carry out
 *  throws. One that there is no room for waits, and those after it as well; what may be lost is given up when too many wait: `false`. */
export interface NativeCluster extends NativeThread, NativeClusterOrders {
  /** For `readClusterFigures`. This waits for the thread, some milliseconds at most under load; null: it does not answer. */
  figures(): Uint8Array | null;
  /** Sends what the port can send of what waits, and closes it. */
  closePort(port: number): void;
  /** This message of the partner is not told any more when it comes again. Empty: all are told. */
  setKnownMessage(port: number, message: Uint8Array): void;
  /** How many milliseconds ago such a message came last; null: none did. This does not wait for the thread. */
  heardMillisecondsAgo(port: number): number | null;
  /** The connection is the thread's from then on: what is left of it here has ended. */
  adopt(adoption: NativeEndAdoption, connection: NativeConnection): void;
}

export interface NativeClusters {
  /** Starts the thread. `bell` is called when there are events, and not again before they are taken. Throws where the system has no
   *  thread for us. */
  readonly NativeCluster: new (now: number, settings: NativeClusterSettings, bell: () => void) => NativeCluster;
}
