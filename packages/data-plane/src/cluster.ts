/** The data thread of cluster-flor, as native/node shows it to JavaScript. Its orders, events and figures are declared in native/declaration. */
import type { NativeClusterOrders, NativeClusterSettings, NativeEndAdoption } from "./generated/orders.ts";
import type { NativeThread } from "./native-thread.ts";
import type { NativeConnection } from "./quic.ts";

/** The kinds of entries of a label table. Each entry is five numbers: its kind; link, in-link or service; label, or the out-link of a
 *  permission; out-link and label to be written, of a swap. The second label of a link is a second entry of it, behind the first. */
export const TableEntry = { link: 1, permit: 2, swap: 3, end: 4, service: 5 } as const;

/** Objects are named by numbers of the caller's choice; the numbers of links have slots (`slotOf` of packages/forwarding). An order that names
 *  an unknown object does nothing; an order that makes no sense throws. An order for which there is no room waits, and so do those after
 *  it. When too many wait, an order that may be lost is given up, and returns false. */
export interface NativeCluster extends NativeThread, NativeClusterOrders {
  /** Figures for `readClusterFigures`. Waits for the thread, some milliseconds at most under load; null: the thread does not answer. */
  figures(): Uint8Array | null;
  /** Sends as many waiting frames of the port as its socket takes, and closes the port. */
  closePort(port: number): void;
  /** The thread tells no event when this message of the partner comes again. Empty: it tells of all messages. */
  setKnownMessage(port: number, message: Uint8Array): void;
  /** How many milliseconds ago the known message came last; null: never. This does not wait for the thread. */
  heardMillisecondsAgo(port: number): number | null;
  /** Has the thread read the socket of a data session that has this descriptor, which stays the caller's; `rest` are bytes that were read and begin a
   *  frame. False: the system has no descriptor to spare. */
  readSession(session: number, descriptor: number, rest: Uint8Array): boolean;
  /** Hands a connection over to the thread: its object here has ended. */
  adopt(adoption: NativeEndAdoption, connection: NativeConnection): void;
}

export interface NativeClusters {
  /** Starts the thread. `bell` is called when events wait, and not again before they are taken. Throws when the system gives no
   *  thread. */
  readonly NativeCluster: new (now: number, settings: NativeClusterSettings, bell: () => void) => NativeCluster;
}
