import type { DatagramAddress } from "@florenetes/config-file";

/** The address of a tunnel's client. */
export interface ClientAddress {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

/** The UDP socket of a tunnel. */
export interface DatagramListener {
  readonly port: number;
  /** Sends a datagram, and keeps its bytes. Returns whether the system accepts it. */
  send(bytes: Uint8Array, to: ClientAddress): boolean;
  close(): void;
}

/** The owner of a tunnel's socket. */
export interface DatagramReceiver {
  /** The socket is bound. */
  handleListening(listener: DatagramListener): void;
  /** A client has sent a datagram; the receiver may keep its bytes. */
  handleClientDatagram(bytes: Uint8Array, from: ClientAddress): void;
  handleClosed(): void;
}

/** A UDP socket that sends to one target and receives only from it. */
export interface DatagramSocket {
  /** Sends a datagram, and keeps its bytes. Returns whether the system accepts it. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}

/** The owner of such a socket. No event comes before `handleConnected`, or after `close`. */
export interface DatagramUser {
  handleConnected(socket: DatagramSocket): void;
  /** No socket could be opened. @param code See `Dialled`. */
  handleFailed(code: number, reason: string): void;
  /** The user may keep the bytes. */
  handleTargetDatagram(bytes: Uint8Array): void;
  /** A datagram did not get to the target. `isRefused`: nothing listens there, as the target's system says. */
  handleTargetError(isRefused: boolean): void;
}

/** The UDP sockets of this machine. */
export interface DatagramNetwork {
  /** Binds the socket of a tunnel. Rejects with OperatorError when the address cannot be listened on. */
  listen(address: DatagramAddress, clients: DatagramReceiver): Promise<DatagramListener>;
  /** Looks the target up, and connects a socket to it. Returns a function that cancels this. */
  connect(target: DatagramAddress, timeoutMs: number, user: DatagramUser): () => void;
}
