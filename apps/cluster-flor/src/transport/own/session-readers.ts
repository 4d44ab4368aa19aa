/** The socket of a data session that the data plane reads. */
export interface SessionReader {
  /**
   * Datagrams that come on this flow of the session are sent on a flow of this process from now on, and not told.
   *
   * @param flow The number of `OwnFlow.carried`
   */
  join(stream: number, flow: number): void;
  /** Datagrams of this flow of the session are told again. */
  part(stream: number): void;
  /** So much of what was told is taken: while too much is not, nothing more is read. */
  take(size: number): void;
  /** Nothing more is to be read: the socket is gone. No event follows. */
  close(): void;
}

export interface SessionReaderOwner {
  /**
   * Bytes of the session have come, without the datagrams of joined flows: a view that is valid in this call. None: only datagrams have come for a while.
   *
   * @param size What they count for `take`: more than their number.
   */
  handleRead(bytes: Uint8Array, size: number): void;
  /** The reader before is to read on, behind these bytes: the socket has ended or failed, or the data plane has no room for it. No event follows. */
  handleLeft(bytes: Uint8Array): void;
}

/** Reads sockets of data sessions, so that their datagrams need not pass through this thread. */
export interface SessionReaders {
  /**
   * Reads a Unix socket from now on, which nobody else reads.
   *
   * @param rest Bytes that were read, and begin a frame.
   * @returns Undefined: the system has no descriptor to spare
   */
  open(descriptor: number, rest: Uint8Array, owner: SessionReaderOwner): SessionReader | undefined;
}
