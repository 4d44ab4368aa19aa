/**
 * A stream whose workload is this process. In either data plane, at most one chunk waits each way:
 *
 *     peer ──handleBytes──▶ user    nothing more until `take`
 *     peer ◀────write────── user    nothing more until `handleWritable`
 *
 * If both ends support it, each end also tells what its workload has taken: by `acknowledge` and `handleTaken`.
 *
 * The first chunk may be written at once, before the peer has answered. Each half ends on its own; a reset by either side ends
 * both.
 */
export interface OwnStream {
  /** Sends bytes to the peer; not to be called after `end`. The stream keeps the 1 to CHUNK_SIZE bytes. */
  write(bytes: Uint8Array): void;
  /** Ends our half, after all written bytes. */
  end(): void;
  /** Whether the far end tells what its workload has taken, and is told what ours has; undefined until it has answered. */
  readonly tellsTaken: boolean | undefined;
  /** Confirms the last `handleBytes`, which may then be called again. */
  take(): void;
  /**
   * Says that our workload has taken all bytes up to this offset and, with `isEnd`, the end: none of them is still on
   * its way to the workload. When the far end wants to know, the stream is over only after its end was acknowledged.
   */
  acknowledge(offset: number, isEnd: boolean): void;
  /** Ends both halves at once, by a code of the transport; default `workloadReset`. `handleReset` follows. */
  reset(code?: number): void;
}

/** Gets the events of an `OwnStream`, never during a call of one of its methods. */
export interface OwnStreamUser {
  /** The user may keep the bytes, CHUNK_SIZE at most. */
  handleBytes(bytes: Uint8Array): void;
  /** The peer has ended its half. */
  handleEnd(): void;
  handleWritable(): void;
  /** The far workload has taken all bytes up to this offset and, with `isEnd`, the end. */
  handleTaken(offset: number, isEnd: boolean): void;
  /** Both halves are over, by this code of the transport, with a text for people. No event follows. */
  handleReset(code: number, text: string): void;
}

/** The user of a stream that this process has opened. */
export interface StreamOpener extends OwnStreamUser {
  /**
   * The far end has accepted the stream. Called once, before all bytes of the far end. A refusal is told by
   * `handleReset` instead.
   */
  handleAnswered(): void;
}

/** A workload that is given a stream. */
export type OwnWorkload = (stream: OwnStream) => OwnStreamUser;

/** A workload that is given a stream which it opens, and which is not answered yet. */
export type OpeningWorkload = (stream: OwnStream) => StreamOpener;
