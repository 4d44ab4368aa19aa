/**
 * A stream of which this process is the workload. Whichever transport carries it, one chunk at most waits each way:
 *
 *     peer ──handleBytes──▶ user    nothing more until `take`
 *     peer ◀────write────── user    nothing more until `handleWritable`
 *
 * The halves end by themselves; a reset of either side ends both.
 */
export interface OwnStream {
  /** Says something to the peer, not after `end`. The bytes, CHUNK_SIZE at most, are the stream's to keep. */
  write(bytes: Uint8Array): void;
  /** Ends our half, after all that was written. */
  end(): void;
  /** Says that `handleBytes` was heard, and may be called again. */
  take(): void;
  /** Ends both halves at once; `handleReset` follows. */
  reset(): void;
}

/** Is told what happens on an `OwnStream`, never while it calls one of its methods. */
export interface OwnStreamUser {
  /** The bytes are the user's to keep, and are CHUNK_SIZE at most. */
  handleBytes(bytes: Uint8Array): void;
  /** The peer has ended its half. */
  handleEnd(): void;
  handleWritable(): void;
  /** Both halves are over, by this code of the transport. Nothing follows. */
  handleReset(code: number): void;
}

/** A service that this process has itself: takes a stream that has begun. */
export type OwnService = (stream: OwnStream) => OwnStreamUser;
