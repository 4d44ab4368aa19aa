import type { StreamAddress } from "@florenetes/config-file";

/** A workload's connection on this machine, as the relay sees it. */
export interface LocalSocket {
  /** Is told what happens to the socket. Set it before the first `resume`. */
  owner: LocalSocketOwner | undefined;
  /**
   * Sends bytes on to the workload. True: they have left, and the buffer is free again. False: the socket keeps the
   * buffer for good.
   */
  write(bytes: Uint8Array): boolean;
  /** The bytes of datagrams, where it is the end of a flow: its stream has none. */
  readonly datagramBytes?: { readonly sent: number; readonly received: number };
  /** Whether enough waits in it: write no more before `handleLocalDrain`. */
  readonly isFull: boolean;
  /** Bytes that it holds. */
  readonly held: number;
  /** Bytes that were written to it, and that its workload has not taken: the system has taken them, or a workload within this process says so. */
  readonly untaken: number;
  /** Whether it has taken the end behind them. */
  readonly hasTakenEnd: boolean;
  /** A clean end, after all that was written. */
  end(): void;
  /** Ends it at once so that the workload sees a reset (where there are none, on a unix socket, an end); what waits is
   *  lost. Nothing is reported any more. A workload within this process hears why, as a `Code` and for people. */
  reset(code: number, text: string): void;
  /** The far end has accepted the stream that was opened for it: a workload within this process hears that. `tellsTaken`: calls of `handleTaken` follow. */
  handleAnswered(tellsTaken: boolean): void;
  /** The far workload has taken so many bytes, and perhaps the end. Only one within this process wants to know. */
  handleTaken?(offset: number, isEnd: boolean): void;
  pause(): void;
  /** Finds out whether a paused socket has been reset: the system tells it only of one that is read or written. */
  checkWorkload(): void;
  /** Starts, or goes on, reading. */
  resume(): void;
}

/** The owner of a `LocalSocket`, which is told what happens to it. */
export interface LocalSocketOwner {
  /** The bytes are the owner's to keep. */
  handleLocalData(bytes: Uint8Array): void;
  handleLocalEnd(): void;
  handleLocalDrain(): void;
  /** `untaken` or `hasTakenEnd` has changed since it was written to. */
  handleLocalTaken?(): void;
  /** The socket is gone: after both ends (`isClean`), or reset. The peer hears why: `workloadReset`, or another code. */
  handleLocalClose(isClean: boolean, code?: number): void;
}

/** The process that was at the other end of a Unix socket when the two were connected, as the system says. */
export interface WorkloadCredentials {
  /** 0: this process does not see it. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** All its groups, the first one among them. */
  readonly groups: readonly number[];
}

export interface Listener {
  /** The port of a TCP listener, also when the address left it to the system (0). */
  readonly port: number;
  close(): void;
}

export interface ListenOptions {
  readonly address: StreamAddress;
  /** The file mode of a `unix` socket. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** The new connection is not read before `resume`. `askWho`: asks the system who it is; undefined where it does not say. */
  readonly onConnection: (socket: LocalSocket, askWho: () => WorkloadCredentials | undefined) => void;
}

export interface Dialled {
  handleConnected(socket: LocalSocket): void;
  /** @param code The peer's stream is reset by this one: `targetTimeout` where nothing answered at all. */
  handleFailed(code: number, reason: string): void;
}

export interface LocalNetwork {
  /** @throws OperatorError when the address cannot be listened on */
  listen(options: ListenOptions): Promise<Listener>;
  /** Returns what gives the attempt up. */
  dial(address: StreamAddress, timeoutMs: number, dialled: Dialled): () => void;
  /** Whether one more connection may be kept: some file descriptors are left for all else that a process opens. */
  readonly hasRoom: boolean;
  /** File descriptors for connections that are taken: 0 is none, 1 is all. */
  readonly filesTaken: number;
  /** Resets every connection that is still there: at its end a process must not cut what waits short with a clean end. */
  resetAll(): void;
}
