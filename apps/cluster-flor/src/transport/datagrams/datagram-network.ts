import type { DatagramAddress } from "@florenetes/config-file";

/** The address that a client of a tunnel sends from. */
export interface ClientAddress {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

/** The UDP socket of a tunnel. */
export interface DatagramListener {
  readonly port: number;
  /** Whether the system is about to take the datagram, whose bytes it keeps. */
  send(bytes: Uint8Array, to: ClientAddress): boolean;
  close(): void;
}

/** Whoever has the socket of a tunnel. */
export interface DatagramReceiver {
  /** The socket is bound. */
  handleListening(listener: DatagramListener): void;
  /** A client has sent a datagram, whose bytes are the receiver's to keep. */
  handleClientDatagram(bytes: Uint8Array, from: ClientAddress): void;
  /** The socket is closed. */
  handleClosed(): void;
}

/** A UDP socket that sends to one target and hears nobody else. */
export interface DatagramSocket {
  /** Whether the system is about to take the datagram, whose bytes it keeps. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}

/** Whoever has such a socket. Nothing is told before `handleConnected`, or behind `close`. */
export interface DatagramUser {
  handleConnected(socket: DatagramSocket): void;
  /** No socket could be had. @param code See `Dialled`. */
  handleFailed(code: number, reason: string): void;
  /** The bytes are the user's to keep. */
  handleTargetDatagram(bytes: Uint8Array): void;
  /** A datagram did not get to the target. `isRefused`: nobody listens there, as its system says. */
  handleTargetError(isRefused: boolean): void;
}

/** The UDP sockets of this machine. */
export interface DatagramNetwork {
  /** Binds the socket of a tunnel. Rejects with OperatorError when the address cannot be listened on. */
  listen(address: DatagramAddress, clients: DatagramReceiver): Promise<DatagramListener>;
  /** Looks the target up, and connects a socket to it. Returns what gives that up. */
  connect(target: DatagramAddress, timeoutMs: number, user: DatagramUser): () => void;
}
