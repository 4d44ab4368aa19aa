/**
 * A stream of which this process is the workload. Whichever transport carries it, one chunk at most waits each way:
 *
 *     peer ──handleBytes──▶ user    nothing more until `take`
 *     peer ◀────write────── user    nothing more until `handleWritable`
 *
 * Beside that each side hears what the other one's workload has taken, where both ends can tell it: by `acknowledge` and `handleTaken`.
 *
 * The first chunk may be written at once, also while the peer has not answered. The halves end by themselves; a reset of either side ends
 * both.
 */
export interface OwnStream {
  /** Says something to the peer, not after `end`. The bytes, 1 to CHUNK_SIZE of them, are the stream's to keep. */
  write(bytes: Uint8Array): void;
  /** Ends our half, after all that was written. */
  end(): void;
  /** Whether the far end tells what its workload has taken, and hears what ours has; undefined while it has not answered. */
  readonly tellsTaken: boolean | undefined;
  /** Says that `handleBytes` was heard, and may be called again. */
  take(): void;
  /**
   * Says that our workload has taken all bytes up to this offset, and perhaps the end: what was heard, and is not on its way to it any more. Where the far
   * end hears it, a stream is over when this was said of its end.
   */
  acknowledge(offset: number, isEnd: boolean): void;
  /** Ends both halves at once, by a code of the transport: `workloadReset` where none is given. `handleReset` follows. */
  reset(code?: number): void;
}

/** Is told what happens on an `OwnStream`, never while it calls one of its methods. */
export interface OwnStreamUser {
  /** The bytes are the user's to keep, and are CHUNK_SIZE at most. */
  handleBytes(bytes: Uint8Array): void;
  /** The peer has ended its half. */
  handleEnd(): void;
  handleWritable(): void;
  /** The far workload has taken all bytes up to this offset, and perhaps the end. */
  handleTaken(offset: number, isEnd: boolean): void;
  /** Both halves are over, by this code of the transport, with more about it for people. Nothing follows. */
  handleReset(code: number, text: string): void;
}

/** The user of a stream that this process has opened. */
export interface StreamOpener extends OwnStreamUser {
  /** The far end has accepted it. Called once, before all that the far end says; not where it refuses the stream, which is `handleReset`. */
  handleAnswered(): void;
}

/** Takes a stream of its own. */
export type OwnWorkload = (stream: OwnStream) => OwnStreamUser;

/** Takes a stream that was opened for it, and has not been answered. */
export type OpeningWorkload = (stream: OwnStream) => StreamOpener;
