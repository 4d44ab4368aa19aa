/**
 * The seam between this product and a QUIC implementation. An engine does no I/O: a connection takes datagrams and the
 * time, and gives datagrams, events and a deadline.
 *
 * The driver's duty after any call that may have changed a connection (`handle*`, `stream*`, `sendDatagram`, `close`,
 * `ping`): drain `pollTransmit`, drain `pollEvent`, arm one timer for `nextTimeout`.
 *
 * All times are in milliseconds of one monotonic clock that the caller chooses; it is passed in, never read here.
 */

/** An IP address and UDP port. Where there is none (end to end), use one constant for both ends. */
export interface QuicAddress {
  readonly host: string;
  readonly port: number;
}

/** PEM texts. The chain starts with the leaf. The bundle holds the CA certificates that a peer's chain must end at. */
export interface QuicCredentials {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
  readonly trustBundlePem: string;
}

export interface QuicConfig {
  readonly credentials: QuicCredentials;
  /** ALPN protocol: ends that do not agree on it refuse each other. */
  readonly applicationProtocol: string;
  /** Without a packet for this long the connection ends with cause `idle`. 0: never. */
  readonly idleTimeoutMs: number;
  /** Largest UDP payload that we accept from the peer: announced as max_udp_payload_size (RFC 9000, 18.2). */
  readonly receivePayloadMax: number;
  /** Largest UDP payload that we send; the engine takes the smaller of this and what the peer announced. */
  readonly sendPayloadMax: number;
  /** DATAGRAM frames (RFC 9221): lengths of the queues inside the engine, in datagrams. Absent: not offered. */
  readonly datagrams?: { readonly receiveQueueMax: number; readonly sendQueueMax: number };
  /** Flow control, in bytes; `streamWindow` is what a stream starts with and `streamWindowMax` what it may grow to. */
  readonly streams: {
    readonly connectionWindow: number;
    readonly streamWindow: number;
    readonly streamWindowMax: number;
    /** How many bidirectional streams the peer may have opened and not yet finished. */
    readonly bidirectionalMax: number;
  };
  /** Connection IDs that we let the peer hold; every change of address uses one up. Default 2. */
  readonly activeConnectionIdLimit?: number;
  /** 16 bytes, for a server: what proves a stateless reset (RFC 9000, 10.3). */
  readonly statelessResetToken?: Uint8Array;
  readonly congestionControl: "cubic" | "reno" | "bbr";
}

export type QuicCloseCause =
  /** The peer closed, or refused us during the handshake (`code` holds its code). */
  | "peer"
  /** We closed, or the engine did because the peer broke the protocol or failed verification. */
  | "local"
  /** Nothing was heard for the idle timeout. */
  | "idle"
  /** A stateless reset: the peer has lost its state. */
  | "reset";

export type QuicEvent =
  /** The handshake is complete on this side, and the peer's certificate chain is verified. A client learns only from
   *  the first application answer whether the server accepted its certificate. */
  | { readonly kind: "established" }
  | {
      readonly kind: "closed";
      readonly cause: QuicCloseCause;
      /** Whether `code` is the application's own or one of QUIC's transport codes (0x100 + n: TLS alert n). */
      readonly isApplication: boolean;
      readonly code: number;
      readonly reason: string;
    }
  /** The peer now speaks from another address (NAT rebinding), and the engine has validated it. */
  | { readonly kind: "peer-moved"; readonly address: QuicAddress };

/** Negative results of the stream calls. */
export const StreamResult = {
  /** No credit or no room now: ask again after the next `handleDatagram`. */
  blocked: -1,
  /** The peer does not want more of what we send (STOP_SENDING); `streamErrorCode` has its code. */
  stopped: -2,
  /** The peer has given up what it was sending (RESET_STREAM); `streamErrorCode` has its code. */
  reset: -3,
  /** The stream is not there (any more), or the connection is closed. */
  gone: -4,
  /** The peer's limit of streams is reached. */
  limit: -5,
} as const;
export type StreamResult = (typeof StreamResult)[keyof typeof StreamResult];

export interface QuicStats {
  readonly rttMs: number;
  readonly congestionWindow: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface QuicConnection {
  /** Takes one UDP payload, and *decrypts it in place*: do not use the bytes afterwards. Never throws on what the bytes
   *  say. Whether there was anything to it, `authenticatedPackets` tells. `to` is the address given as `local` to
   *  `connect` or `accept`. */
  handleDatagram(datagram: Uint8Array, from: QuicAddress, to: QuicAddress, now: number): void;
  /** Packets so far that were authenticated by the connection's keys and were no duplicates. What makes it grow is a sign
   *  of life. It costs as much as a packet (5 µs): ask once per batch or tick, or only of a packet that matters. */
  authenticatedPackets(): number;
  handleTimeout(now: number): void;
  /** Writes at most one UDP payload into `out`; returns its length, or 0 when there is nothing to send. The packet is as
   *  large as `out` and the limits let it be. Its destination is `transmitTo` until the next call. */
  pollTransmit(out: Uint8Array, now: number): number;
  readonly transmitTo: QuicAddress;
  pollEvent(): QuicEvent | undefined;
  /** When `handleTimeout` is due, on the caller's clock; Infinity when never. */
  nextTimeout(now: number): number;

  readonly isEstablished: boolean;
  readonly isClosed: boolean;
  /** The peer's chain in DER, leaf first; undefined before the handshake has shown it. */
  peerCertificates(): Uint8Array[] | undefined;
  /** Sends CONNECTION_CLOSE with an application code; `reason` is for people and may be read by the peer only. */
  close(code: number, reason: string): void;
  /** Makes the next packet ask for an acknowledgement. */
  ping(): void;
  stats(): QuicStats;

  // DATAGRAM frames
  /** Largest datagram that fits one packet now; 0 when the peer takes none. */
  datagramSizeMax(): number;
  /** False: it is too large, or the engine's queue is full. */
  sendDatagram(datagram: Uint8Array): boolean;
  datagramSendQueueLength(): number;
  /** Copies the oldest received datagram into `out`; returns its length, or -1 when there is none. */
  receiveDatagram(out: Uint8Array): number;

  // Streams. A client's bidirectional streams are 0, 4, 8, …; a server's 1, 5, 9, …  Sending on a new id opens it.
  /** Streams that have data, an end or a reset to be read. */
  readableStreams(): readonly number[];
  /** Takes up to `bytes.length` bytes; returns how many were taken (0 is possible with `fin`), or a `StreamResult`. `fin`
   *  counts only when all bytes were taken. */
  streamSend(id: number, bytes: Uint8Array, fin: boolean): number;
  /** Copies into `out`; returns the length, or a `StreamResult`. After it, `streamEnded` tells whether this was the end. */
  streamReceive(id: number, out: Uint8Array): number;
  /** Whether the last `streamReceive` reached the peer's clean end. */
  readonly streamEnded: boolean;
  /** The peer's code behind the last `stopped` or `reset` result. */
  readonly streamErrorCode: number;
  /** Room for `streamSend` now, in bytes, or a negative `StreamResult`. */
  streamCapacity(id: number): number;
  /** RESET_STREAM: what we send on it ends here, unfinished. */
  streamReset(id: number, code: number): void;
  /** STOP_SENDING: we read no more of it. */
  streamStop(id: number, code: number): void;
  /** Bidirectional streams that we may still open. */
  streamsLeft(): number;
}

/** What can be read of a QUIC packet before its connection is known (RFC 8999). */
export interface QuicPacketHeader {
  readonly type: "initial" | "0rtt" | "handshake" | "retry" | "version-negotiation" | "short";
  readonly version: number;
  readonly destinationId: Uint8Array;
  readonly sourceId: Uint8Array;
  /** Of an initial packet; empty when there is none. */
  readonly token: Uint8Array;
}

export interface QuicEngine {
  readonly name: string;
  connect(config: QuicConfig, sourceId: Uint8Array, local: QuicAddress, peer: QuicAddress, now: number): QuicConnection;
  /** `originalId` is the client's first destination ID when it came back from a Retry. */
  accept(
    config: QuicConfig,
    sourceId: Uint8Array,
    originalId: Uint8Array | undefined,
    local: QuicAddress,
    peer: QuicAddress,
    now: number,
  ): QuicConnection;
  /** Undefined when the bytes are no QUIC packet. `idLength` is that of our own connection IDs (0 end to end). */
  parseHeader(datagram: Uint8Array, idLength: number): QuicPacketHeader | undefined;
  isVersionSupported(version: number): boolean;
  /** Each writes one UDP payload into `out` and returns its length. */
  writeVersionNegotiation(header: QuicPacketHeader, out: Uint8Array): number;
  writeRetry(header: QuicPacketHeader, newSourceId: Uint8Array, token: Uint8Array, out: Uint8Array): number;
  /** Answers a short packet of a connection that is not there. 0: the packet was too short to be answered; it must have
   *  more than `causeLength` - 1 >= 21 bytes, since a reset is always shorter than its cause. */
  writeStatelessReset(token: Uint8Array, causeLength: number, out: Uint8Array): number;
}
