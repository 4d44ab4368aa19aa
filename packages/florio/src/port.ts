import type { FlorioError } from "./errors.ts";

/**
 * A side of a FlorIO socket pair, as a vertex uses it. `openFlorioPort` (drivers/) makes the real one; tests may join
 * two in memory.
 */
export interface FlorioPort {
  /** Whether the pair is connected both ways as far as this side knows. */
  readonly isConnected: boolean;
  /** Why the pair is not connected, for people; "" while it is. */
  readonly waitingFor: string;
  /** Sends one Portal API message at once, or ahead of all data when the socket is full. False when it was not taken (not
   *  connected, or too many wait already): the caller repeats it, as it does any unanswered message. */
  sendControl(message: Uint8Array): boolean;
  /**
   * Copies `packet[start, end)` into the frame being filled for `handle`, which is sent at the end of this turn of the
   * event loop, or when it is full. False: the packet was not taken, and is counted as refused.
   *
   * @param source See `frameSource`; packets of another source go in another frame.
   */
  sendPacket(handle: number, packet: Uint8Array, start: number, end: number, source?: number): boolean;
  /** Passes on a whole received DATA frame under another handle, without copying packet by packet. */
  sendFrame(handle: number, frame: Uint8Array, source?: number): boolean;
  /**
   * Sends the frames of this turn now, rather than at its end: for callers that know that no more packets come. Not to
   * be called from inside the calls of another socket.
   */
  flush(): void;
  /** False while the socket is full and more than half of the queue is used, and while not connected: a source should hold back;
   *  `onWritable` and `onConnected` say when to go on. */
  readonly isWritable: boolean;
  readonly counters: FlorioCounters;
  /** The heartbeats, when a data thread has the port: the main thread then wakes up only for heartbeats with something new. */
  readonly heartbeats?: PortHeartbeats;
  close(): void;
}

/** The heartbeats of a portal that the data thread sends and receives, while they say nothing new. */
export interface PortHeartbeats {
  /** Sends a message now, and again each interval while the partner is there, until another message is given. */
  repeat(message: Uint8Array, intervalMs: number): void;
  /** Sets the message of the partner that is not passed on when it comes again; undefined: all are passed on. */
  setKnown(message: Uint8Array | undefined): void;
  /** How many milliseconds ago the known message came last; undefined when it did not. */
  readonly heardMillisecondsAgo: number | undefined;
}

export interface FlorioHandlers {
  /**
   * A checked DATA frame: walk its packets with `FIRST_PACKET`, `packetEnd` and `nextPacket`. The buffer is the handler's to
   * edit and keep.
   */
  onData(handle: number, frame: Uint8Array): void;
  /** Takes a Portal API message (a view into a buffer that is not used again). */
  onControl(message: Uint8Array): void;
  onConnected(): void;
  /** The partner is gone, or was replaced by a new process. */
  onDisconnected(): void;
  onWritable(): void;
  /**
   * The partner may be gone, or not connected to us yet: sending a message finds out. Told every 100 ms for as long as
   * that is so.
   */
  onDoubt?(): void;
  /** A frame of another version of FlorIO came, and was dropped: the partner may speak only that version. */
  onForeignVersion?(version: number): void;
  /** The port of a data thread could not be opened, and cannot be used. */
  onOpenFailed?(error: FlorioError): void;
}

/**
 * Counters since the port was opened. A packet waits, or is counted by one of `packetsSent`, `packetsRefused…` (the caller was
 * told, and may count it as well) and `packetsDropped…` (it was taken, and lost later: no one else counts it).
 */
export interface FlorioCounters {
  framesSent: number;
  framesReceived: number;
  packetsSent: number;
  packetsReceived: number;
  packetsRefusedQueueFull: number;
  /** The port had no partner. */
  packetsRefusedNotConnected: number;
  /** The packet was empty, larger than a frame holds, or for handle 0. */
  packetsRefusedUnsendable: number;
  /** The partner went while the packets waited. */
  packetsDroppedNotConnected: number;
  /** The kernel refused the packets. */
  packetsDroppedUnsendable: number;
  /**
   * Portal API messages that were not sent although the pair was connected: too many waited, the kernel refused them,
   * or the partner was found gone.
   */
  controlDropped: number;
  /** How often the kernel said that the socket is full. */
  socketFull: number;
  /** How often the partner was found gone or replaced. */
  disconnects: number;
  /** Received frames of a partner that was found gone before they were handled. */
  framesDroppedDisconnected: number;
  /** Dropped frames, by their fault. */
  framesDroppedMalformed: number;
  framesDroppedVersion: number;
  framesDroppedType: number;
  framesDroppedSender: number;
}
