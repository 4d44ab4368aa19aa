/** The data thread of cluster-flor, as native/node shows it to JavaScript: orders. Its events and figures are declared in native/declaration. */
import type { NativeClusterLimits } from "./generated/limits.ts";
import type { NativeThread } from "./native-thread.ts";
import type { NativeConnection } from "./quic.ts";

export interface NativeClusterSettings {
  readonly limits: NativeClusterLimits;
  /** Bounds of what passes from one link to another. */
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  /** 12 random bytes. */
  readonly seed: Uint8Array;
  /** Connections of workloads that may be open. */
  readonly workloadsMax: number;
  /** An event tells the end of each stream and flow. */
  readonly tellsStreams: boolean;
}

/** A connection whose peer has said hello, of a trunk or of a service. */
export interface NativeEndAdoption {
  readonly connection: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly trunk?: number | undefined;
  readonly service?: number | undefined;
  /** -1: this vertex itself. */
  readonly outLink: number;
  readonly words: Uint32Array;
  readonly payloadMax: number;
  /** By its number. */
  readonly trafficClass: number;
  /** Datagrams are not cut. */
  readonly isUncut: boolean;
  readonly isDraining: boolean;
  /** Bytes of control messages that wait for credit. */
  readonly controlUnsent: Uint8Array;
  /** The bytes that a service's target gets before all others of a stream, if it is told who has connected. */
  readonly targetPrefix: Uint8Array;
  /** The principal at the other end. */
  readonly peer: string;
}

/** An IP address and a port, or a path. The target of a service without either has a name, which is asked for. */
export interface NativeStreamAddress {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** A tunnel takes datagrams. */
  readonly isUdp?: boolean;
  /** A service takes flows of datagrams, which end when nothing has passed for so long. */
  readonly flowIdleMs?: number;
}

/** The kinds of entries of a label table. Each entry is five numbers: its kind; link, in-link or service; label, or the out-link of a
 *  permission; out-link and label to be written, of a swap. The second label of a link is a second entry of it, behind the first. */
export const TableEntry = { link: 1, permit: 2, swap: 3, end: 4, service: 5 } as const;

/** All is named by numbers of the caller's choice; those of links have slots (`slotOf` of packages/labels). An order that names what is not there does nothing; one that nobody could carry out
 *  throws. One that there is no room for waits, and those after it as well; what may be lost is given up when too many wait: `false`. */
export interface NativeCluster extends NativeThread {
  /** For `readClusterFigures`. This waits for the thread, some milliseconds at most under load; null: it does not answer. */
  figures(): Uint8Array | null;
  openPort(port: number, bind: string, connect: string): void;
  closePort(port: number): void;
  sendMessage(port: number, message: Uint8Array): boolean;
  /** Sends it now, and again each interval while the partner is there, until another one is given. */
  repeatMessage(port: number, message: Uint8Array, intervalMs: number): void;
  /** This one of the partner is not told any more when it comes again. Empty: all are told. */
  setKnownMessage(port: number, message: Uint8Array): void;
  /** How many milliseconds ago such a message came last; null: none did. This does not wait for the thread. */
  heardMillisecondsAgo(port: number): number | null;
  /** @param handle 0: the link is not up. */
  setLink(
    link: number,
    port: number,
    handle: number,
    mtu: number,
    preferredMtu: number,
    congestedClasses: number,
  ): void;
  /** @param entries See `TableEntry`. */
  setTable(entries: Uint32Array, packetsPerSecond: number, bytesPerSecond: number): void;
  sendPacket(port: number, handle: number, packet: Uint8Array): boolean;
  /** @param inLink -1: it is of this vertex itself. */
  deliverPacket(inLink: number, service: number | undefined, packet: Uint8Array): boolean;
  /** @param tellsPrincipal Whether each stream begins with the `targetPrefix` of its connection. */
  setService(service: number, target: NativeStreamAddress, tellsPrincipal: boolean, isStopped: boolean): void;
  /**
   * The streams of the service have the caller as their workload: events of the kinds `stream…` tell of them.
   *
   * @param flowIdleMs It takes flows of datagrams, too, which end when nothing has passed for so long; null: it takes none.
   */
  setOwnService(service: number, flowIdleMs: number | null, tellsPrincipal: boolean, isStopped: boolean): void;
  /** The number of a service that has stopped is nobody's any more. */
  forgetService(service: number): void;
  /** So is that of a tunnel that does not listen any more, or of an account of streams of the caller. */
  forgetAccount(account: number): void;
  /** So is that of a trunk that nobody waits for, and that has no connection. */
  forgetTrunk(trunk: number): void;
  /**
   * Opens a stream or flow whose workload is the caller, as for a workload that has connected to a tunnel of that trunk: `streamAnswered` or
   * `streamReset` follows. It is counted as those of a tunnel with the number `account`.
   *
   * @param workload Its number: `OWN_NUMBERS_MIN` at least, and not in use.
   */
  openStream(workload: number, trunk: number, account: number, isFlow: boolean): void;
  /** Accepts what `streamAsked` has told of. */
  answerStream(workload: number): void;
  /** Sends a datagram of 65,507 bytes at most on a flow. False: it was given up. */
  sendDatagram(workload: number, bytes: Uint8Array): boolean;
  /** Says something on such a stream. The next may be said after `streamWritable`, or the stream is reset.
   *  @param bytes 1 to 65,536 of them. */
  writeStream(workload: number, bytes: Uint8Array): void;
  /** Ends our half, after all that was written. */
  endStream(workload: number): void;
  /** Says that the last `streamBytes` was taken: there may be more. */
  takeStream(workload: number): void;
  /** Says that all bytes up to this offset, and perhaps the end, are where `streamBytes` and `streamEnded` were meant to get: the far end is told. */
  acknowledgeStream(workload: number, offset: number, isEnd: boolean): void;
  /** Ends both halves at once; ends a flow, by the code 0 in peace; or refuses what `streamAsked` has told of. `streamReset` follows.
   *  @param text More about a refusal, for the log here. */
  resetStream(workload: number, code: number, text: string): void;
  /**
   * @param hosts At most 64.
   * @param error Why there are no hosts.
   */
  resolved(service: number, hosts: readonly string[], port: number, error: string): void;
  listen(tunnel: number, trunk: number, at: NativeStreamAddress): void;
  stopListening(tunnel: number): void;
  /** The clients of a tunnel go over another trunk from now on, those too that wait for a connection; their streams stay where they are. */
  leadTunnel(tunnel: number, trunk: number): void;
  /** After so many streams a connection should have a successor, from now on. */
  setStreamsPerConnection(streams: number): void;
  setCurrent(trunk: number, connection: number | undefined): void;
  /** Workloads wait, though there is this connection: they get streams on it when one more could not wait. */
  hold(trunk: number, connection: number): void;
  refuseWaiting(trunk: number, code: number, text: string): void;
  /**
   * How long workloads that come from now on wait at most, for a connection and for a sign of its far end.
   *
   * @param account The tunnel that they come to, or the account of streams of the caller.
   * @param waitMs 0: they do not wait where it is known that nobody is reached.
   */
  setConnectWait(account: number, waitMs: number): void;
  /** Whether attempts at a connection fail, where a trunk has none. */
  setUnreachable(trunk: number, isUnreachable: boolean): void;
  /** The connection is the thread's from then on: what is left of it here has ended. */
  adopt(adoption: NativeEndAdoption, connection: NativeConnection): void;
  sendControl(connection: number, bytes: Uint8Array): void;
  /** It does nothing to a connection of a service, whose packets go where its peer's come from. */
  setWay(connection: number, outLink: number, words: Uint32Array): void;
  shrink(connection: number, payloadMax: number): void;
  drain(connection: number): void;
  /** @param isRepeated Whether the end is told again and again until the peer should have heard it. */
  closeConnection(connection: number, code: number, reason: string, isRepeated: boolean): void;
  /** Ends a connection whose peer was restarted since: streams that nobody can have seen are opened on another one. */
  abandon(connection: number, code: number, reason: string): void;
  repeatClose(connection: number): void;
}

export interface NativeClusters {
  /** Starts the thread. `bell` is called when there are events, and not again before they are taken. Throws where the system has no
   *  thread for us. */
  readonly NativeCluster: new (now: number, settings: NativeClusterSettings, bell: () => void) => NativeCluster;
}
