import type { StreamAddress } from "@florenetes/config-file";

/** A workload's connection on this machine, as the relay sees it. */
export interface LocalSocket {
  /** The owner of the socket, which gets its events. To be set before the first `resume`. */
  owner: LocalSocketOwner | undefined;
  /** Sends bytes to the workload. True: they were sent, and the buffer is free again. False: the socket keeps the buffer for good. */
  write(bytes: Uint8Array): boolean;
  /** The bytes of a flow's datagrams: its stream carries none. Undefined for streams. */
  readonly datagramBytes?: { readonly sent: number; readonly received: number };
  /** Whether the socket holds so much that writers wait for `handleLocalDrain`. */
  readonly isFull: boolean;
  readonly held: number;
  /**
   * Bytes that were written to the socket, and that its workload has not taken: a socket's system has taken them, or a
   * workload within this process says so.
   */
  readonly untaken: number;
  /** Whether the workload has also taken the end. */
  readonly hasTakenEnd: boolean;
  /** Ends the socket cleanly, after all written bytes. */
  end(): void;
  /**
   * Ends the socket at once, so that the workload sees a reset (on a Unix socket, which has none, an end); waiting bytes are
   * lost. No events follow. A workload within this process gets the reason, as a `Code` and as a text for people.
   */
  reset(code: number, text: string): void;
  /**
   * The far end has accepted the stream of this workload: a workload within this process is told. `tellsTaken`: calls
   * of `handleTaken` follow.
   */
  handleAnswered(tellsTaken: boolean): void;
  /** The far workload has taken so many bytes and, with `isEnd`, the end. Only workloads within this process have this method. */
  handleTaken?(offset: number, isEnd: boolean): void;
  pause(): void;
  /** Checks whether a paused socket has been reset: the system reports a reset only to a socket that is read or written. */
  checkWorkload(): void;
  /**
   * Reads nothing more before `resume`, so that somebody else can. Returns the descriptor of the socket, which is a Unix one; undefined: it is no such
   * socket, or is gone, and goes on. Workloads within this process have no socket.
   */
  stopReading?(): number | undefined;
  /** Starts, or goes on, reading. */
  resume(): void;
}

/** The owner of a `LocalSocket`, which gets its events. */
export interface LocalSocketOwner {
  /** The owner may keep the bytes. */
  handleLocalData(bytes: Uint8Array): void;
  handleLocalEnd(): void;
  handleLocalDrain(): void;
  /** `untaken` or `hasTakenEnd` has changed after the last write. */
  handleLocalTaken?(): void;
  /** The socket is gone: both ends have ended (`isClean`), or it was reset. The peer gets `workloadReset`, or another code. */
  handleLocalClose(isClean: boolean, code?: number): void;
}

/** The process at the other end of a Unix socket when the two were connected, as the system says. */
export interface WorkloadCredentials {
  /** 0 when this process cannot see that one. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** All its groups, the first one among them. */
  readonly groups: readonly number[];
}

export interface Listener {
  /** The port of a TCP listener, also when the system chose it (port 0). */
  readonly port: number;
  close(): void;
}

export interface ListenOptions {
  readonly address: StreamAddress;
  /** The file mode of a `unix` socket. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /**
   * A new connection, which is not read before `resume`. `askWho` asks the system for the workload's credentials;
   * undefined when it tells none.
   */
  readonly onConnection: (socket: LocalSocket, askWho: () => WorkloadCredentials | undefined) => void;
}

export interface Dialled {
  handleConnected(socket: LocalSocket): void;
  /** @param code The code for a reset of the peer's stream: `targetTimeout` when nothing answered at all. */
  handleFailed(code: number, reason: string): void;
}

export interface LocalNetwork {
  /** @throws OperatorError when the address cannot be listened on */
  listen(options: ListenOptions): Promise<Listener>;
  /** Connects to a target. Returns a function that cancels this. */
  dial(address: StreamAddress, timeoutMs: number, dialled: Dialled): () => void;
  /** Whether one more connection fits: some file descriptors are left for everything else that a process opens. */
  readonly hasRoom: boolean;
  /** The share of the file descriptors for connections that is in use: 0 is none, 1 is all. */
  readonly filesTaken: number;
  /** Resets all remaining connections: a process that ends must not let bytes that were cut off look like a clean end. */
  resetAll(): void;
}
