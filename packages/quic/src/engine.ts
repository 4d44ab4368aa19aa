/**
 * The seam between this product and a QUIC implementation. An engine does no I/O: a connection takes datagrams and the
 * time, and gives datagrams, events and a deadline.
 *
 * The driver's duty after any call that may have changed a connection (`handle*`, `stream*`, `sendDatagram`, `close`,
 * `ping`): drain `pollTransmit`, drain `pollEvent`, arm one timer for `nextTimeout`. All that has come in is handled
 * first and the three follow once per turn, not per packet: so there are fewer acknowledgements.
 *
 * A connection has one ID of ours (`sourceId`) for all its life; an endpoint finds it by that. Only a client's first
 * packets carry another one, of the client's own making: with a Retry it is the ID that the Retry gave, and that
 * `accept` then takes as `sourceId`; without, an endpoint has to know that one, too, until the handshake is complete.
 *
 * An engine is not asked for more than several libraries can give; docs/develop/quic.md, *What an engine is asked*, has the list. So a
 * server's connection begins with a packet, and settings stay as they are when the connection was made. An engine may pace
 * its packets: `pollTransmit` then returns 0 though there is something to send, and `nextTimeout` says when to ask again.
 *
 * An engine knows no addresses. Which of a peer's packets are its own, their keys say; where the peer is, and what to do when
 * that changes, is the endpoint's business (link-flor), or there is no such thing (end to end).
 *
 * All times are in milliseconds of one monotonic clock that the caller chooses; it is passed in, never read here.
 */

/** PEM texts; the key is octets, where it shall lie outside of the heap. The chain starts with the leaf. The bundle holds the CA
 *  certificates at which a peer's chain must end: only self-signed ones count. Keep the object as long as the texts are the same: an
 *  engine keeps the TLS context with it, so that a connection costs no parsing of keys. */
export interface QuicCredentials {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string | Uint8Array;
  readonly trustBundlePem: string;
}

/** The reason to refuse a peer whose chain is valid. */
export interface PeerRefusal {
  /** The code of the `closed` event, as if we had called `close`. */
  readonly code: number;
  readonly reason: string;
  /** The TLS alert (RFC 8446, 6.2) that the server is told: it reads its number, and nothing else. Absent: it is told nothing. */
  readonly alert?: number | undefined;
}

export interface QuicConfig {
  readonly credentials: QuicCredentials;
  /** Judges the server, for a client: without it, the client would show its certificate to whoever answers. Called once, when the
   *  server's chain (DER, leaf first) is verified and it has proven to hold the key, and before the client answers it. With a refusal the
   *  connection is over: from then on the client sends nothing at all, so that the server learns neither the certificate
   *  nor the reason; or, where the refusal has an alert, CONNECTION_CLOSE with that in packets of the handshake, and never the
   *  certificate. `closed` comes with cause `local`. */
  readonly judgePeer?: (chain: readonly Uint8Array[]) => PeerRefusal | undefined;
  /** For how long after its end a server takes a client's certificate all the same, in milliseconds: whoever asks for that judges the chain by
   *  itself, as the ends of those above count no more then either. Absent: not at all. quiche never takes one. */
  readonly clientEndedMs?: number | undefined;
  /** ALPN protocol: ends that do not agree on it refuse each other. */
  readonly applicationProtocol: string;
  /** Without a packet for this long the connection ends with cause `idle`. 0: never. */
  readonly idleTimeoutMs: number;
  /** The round-trip time until one is measured, where it is longer than the default of RFC 9002 (6.2.2): a first flight is repeated later
   *  by that. quiche has no such setting. */
  readonly initialRttMs?: number | undefined;
  /** Largest UDP payload that we accept from the peer: announced as max_udp_payload_size (RFC 9000, 18.2). */
  readonly receivePayloadMax: number;
  /** Largest UDP payload that we send; the engine takes the smaller of this and what the peer announced. */
  readonly sendPayloadMax: number;
  /** DATAGRAM frames (RFC 9221): lengths of the queues inside the engine, in datagrams. Absent: not offered. */
  readonly datagrams?: { readonly receiveQueueMax: number; readonly sendQueueMax: number };
  /** Whether DATAGRAM frames carry packets of others, whose senders have congestion controllers of their own. */
  readonly carriesOthers?: boolean;
  /** Flow control, in bytes; `streamWindow` is what a stream starts with and `streamWindowMax` what it may grow to. A
   *  window grows only while its stream is read. One stream carries at most `streamWindowMax` in a round trip. */
  readonly streams: {
    readonly connectionWindow: number;
    readonly streamWindow: number;
    readonly streamWindowMax: number;
    /** How many bidirectional streams the peer may have opened and not yet finished. */
    readonly bidirectionalMax: number;
  };
  /** The token of a server, 16 bytes, which proves its stateless resets (RFC 9000, 10.3). A client has none: no stateless reset ends a
   *  connection at its server. */
  readonly statelessResetToken?: Uint8Array;
  /** The congestion controller. Only the native engine has `steady` (docs/develop/quic.md, *The native engine's congestion control*). An engine without it takes BBR. */
  readonly congestionControl: "steady" | "cubic" | "reno" | "bbr";
}

/**
 * Hears the TLS secrets of connections as soon as there are some, in whole lines of the NSS key log format (RFC 9850). With them, all
 * traffic of the connections can be read. The octets are zeroed after the call.
 */
export type TellSecrets = (lines: Uint8Array) => void;

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
  /** The last event, and the only one of its kind. It comes as soon as the connection is of no more use, also after
   *  `close`. What is left to do: drain `pollTransmit` once more, and go on handing it packets and timeouts until
   *  `nextTimeout` is Infinity (for about three round trips), since a peer that missed the end is told again. */
  | {
      readonly kind: "closed";
      readonly cause: QuicCloseCause;
      /** Whether `code` is the application's own or one of QUIC's transport codes (RFC 9000, 20.1; 0x100 + n: TLS alert
       *  n, RFC 8446, 6). The peer of an end that calls `close` before the handshake is complete sees 0x0c. A client that
       *  calls it before the end of its handshake has left does not send that any more, and the server may see nothing. */
      readonly isApplication: boolean;
      readonly code: number;
      /** For people. What a peer wrote is as `foreignText` shows it, in at most 200 code points. */
      readonly reason: string;
    };

/** Negative results of the stream calls. */
export const StreamResult = {
  /** Nothing to be read, or no credit or room to send. Ask again after the next `handleDatagram`. */
  blocked: -1,
  /** The peer does not want more of what we send (STOP_SENDING); `streamErrorCode` has its code. Only
   *  the stream calls show it: no event tells of it. */
  stopped: -2,
  /** The peer has given up what it was sending (RESET_STREAM); `streamErrorCode` has its code. */
  reset: -3,
  /** The stream is not there (not yet, or not any more), we have ended it, or the connection is closed. */
  gone: -4,
  /** The peer's limit of streams is reached. */
  limit: -5,
} as const;
export type StreamResult = (typeof StreamResult)[keyof typeof StreamResult];

export interface QuicStats {
  /** Smoothed, in whole milliseconds. */
  readonly rttMs: number;
  /** The shortest round trip so far, in whole milliseconds; 0 before any. quiche does not tell it: with quiche, the smoothed one. */
  readonly minRttMs: number;
  readonly congestionWindow: number;
  /** In bytes per second, when the last packet was acknowledged: what the path carried, or less where less was sent. */
  readonly deliveryRate: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface QuicConnection {
  /** Takes one UDP payload, and *decrypts it in place*: do not use the bytes afterwards. Never throws on what the bytes
   *  say. `authenticatedPackets` tells whether the payload was genuine. */
  handleDatagram(datagram: Uint8Array, now: number): void;
  /** Packets so far that were authenticated by the connection's keys and were no duplicates. A packet that makes the
   *  count grow is a sign of life. Reading it costs as much as a packet (5 µs): read it once per batch or tick, or for a packet that matters. */
  authenticatedPackets(): number;
  /** Datagrams so far without an authenticated packet: garbage, forged or changed ones, and duplicates. Counted until the connection
   *  is closed. Reading it costs as much as `authenticatedPackets`: read it for status only. */
  ignoredDatagrams(): number;
  /** The highest packet number of the 1-RTT packets so far that were authenticated by the connection's keys; -1 before any, and the
   *  last one after the end. Only the packet that makes it grow may tell where the peer is now (RFC 9000, 9.3): any other one may
   *  have been held back. */
  readonly newestPacket: number;
  handleTimeout(now: number): void;
  /** Writes at most one UDP payload into `out`; returns its length, or 0 when there is nothing to send. The packet is as
   *  large as `out` and the limits let it be; `out` has at least 1200 bytes, or no handshake gets through. A queued datagram
   *  that can never fit is dropped. */
  pollTransmit(out: Uint8Array, now: number): number;
  pollEvent(): QuicEvent | undefined;
  /** When `handleTimeout` is due, on the caller's clock; Infinity when never. It stays the same while nothing happens, and
   *  so is at or before `now` when it is due. After `handleTimeout` it is later than `now`, or never: packets that nobody takes
   *  (a link is full) wait for `pollTransmit`, and wake nobody. */
  nextTimeout(now: number): number;

  /** The peer's proven principal, which the driver sets once it knows it. Where all connections of the process make the engine
   *  keep too much, the owner of most of it loses a connection. */
  owner: string | undefined;
  /** Set by the driver: called when an event is ready that no call of this connection has caused. The callback shall have the
   *  connection drained soon, but not drain it itself. */
  onDue: (() => void) | undefined;

  readonly isEstablished: boolean;
  readonly isClosed: boolean;
  /** The peer's chain in DER, leaf first; undefined before the handshake has shown it. */
  peerCertificates(): Uint8Array[] | undefined;
  /** Sends CONNECTION_CLOSE with an application code; `reason` is for people and may be read by the peer only. */
  close(code: number, reason: string): void;
  /** Has a packet sent that asks for an acknowledgement. While the congestion window is full, the packet may wait: packets
   *  in flight ask already. The native engine sends it all the same when none of those is acknowledged in time. */
  ping(): void;
  stats(): QuicStats;

  // DATAGRAM frames
  /** Largest datagram that fits one packet now; 0 when the peer takes none, and before the handshake is complete. */
  datagramSizeMax(): number;
  /** Queues a datagram. False: the datagram is too large, or the engine's queue is full. */
  sendDatagram(datagram: Uint8Array): boolean;
  /**
   * How many datagrams wait to be sent. A datagram that waits for longer than `datagramAgeMaxMs` allows is dropped: a congestion
   * window that an outage has filled opens only when the outage is over.
   */
  datagramSendQueueLength(): number;
  /** Datagrams so far that were dropped because they had waited for too long. */
  readonly lateDatagrams: number;
  /** Whether the packet that `pollTransmit` has made last may hold DATAGRAM frames: repeated later, it would bring them late. */
  readonly holdsDatagrams: boolean;
  /** Copies the oldest received datagram into `out`; returns its length, or -1 when there is none. A datagram that is
   *  larger than `out` is dropped. When the queue is full, the oldest makes room for the newest. */
  receiveDatagram(out: Uint8Array): number;

  // Streams. A client's bidirectional streams are 0, 4, 8, …; a server's 1, 5, 9, …  Sending on a new id opens it, and all
  // below it.
  /** Streams that have data, an end or a reset to be read, those that were left unread before included. With quiche
   *  0.1 µs when there is nothing at all, also no datagram: so drain datagrams first. Otherwise 3 µs and 0.2 µs for each
   *  stream: ask once per turn. */
  readableStreams(): readonly number[];
  /** Takes up to `bytes.length` bytes; returns how many were taken (0 is possible with `fin`), or a `StreamResult`. `fin`
   *  counts only when all bytes were taken. A new stream that is `blocked` counts as opened. quiche forgets an end that
   *  comes without bytes when all before it is acknowledged and the peer's end was read: let a byte bring the end. */
  streamSend(id: number, bytes: Uint8Array, fin: boolean): number;
  /** Copies into `out`; returns the length, or a `StreamResult`. After it, `streamEnded` tells whether this was the end. */
  streamReceive(id: number, out: Uint8Array): number;
  /** Whether the last `streamReceive` reached the peer's clean end. */
  readonly streamEnded: boolean;
  /** The peer's code behind the last `stopped` or `reset` result. */
  readonly streamErrorCode: number;
  /** Room for `streamSend` now, in bytes, or a negative `StreamResult`. */
  streamCapacity(id: number): number;
  /** Sends RESET_STREAM: our side of the stream ends here, unfinished. No effect on a stream that is not there. */
  streamReset(id: number, code: number): void;
  /** Sends STOP_SENDING: we read no more of the stream. No effect on a stream that is not there. quiche does not repeat a lost
   *  STOP_SENDING: an end that gives up a whole stream resets it, too, and an end that meets a reset stops sending. */
  streamStop(id: number, code: number): void;
  /** Bidirectional streams that we may still open. */
  streamsLeft(): number;
}

/** The fields of a QUIC packet that can be read before its connection is known (RFC 8999). */
export interface QuicPacketHeader {
  readonly type: "initial" | "0rtt" | "handshake" | "retry" | "version-negotiation" | "short";
  readonly version: number;
  readonly destinationId: Uint8Array;
  readonly sourceId: Uint8Array;
  /** The token of an initial packet; empty when there is none. */
  readonly token: Uint8Array;
}

export interface QuicEngine {
  readonly name: string;
  /** Connections of the process so far that the engine closed because their peer broke the law on what it may make an engine
   *  keep, answer or send (docs/develop/quic.md, *The guard*), by cause. */
  readonly violations: Readonly<Record<string, number>>;
  /** `connect` and `accept` throw a QuicConfigError when the credentials are not usable. */
  connect(config: QuicConfig, sourceId: Uint8Array, now: number): QuicConnection;
  /**
   * The server's end of a connection that `datagram` starts: the engine takes it as `handleDatagram` would, and decrypts it in place.
   * A datagram that is not genuine starts a connection as well, which has heard nothing or is closed already.
   *
   * @param originalId the client's first destination ID when it came back from a Retry.
   */
  accept(
    config: QuicConfig,
    sourceId: Uint8Array,
    originalId: Uint8Array | undefined,
    datagram: Uint8Array,
    now: number,
  ): QuicConnection;
  /** Undefined when the bytes are no QUIC packet. `idLength` is that of our own connection IDs (0 end to end). For the
   *  packets of known connections there is a cheaper way: a first byte below 0x80 says that our ID follows it. */
  parseHeader(datagram: Uint8Array, idLength: number): QuicPacketHeader | undefined;
  isVersionSupported(version: number): boolean;
  /** Each writes one UDP payload into `out` and returns its length. */
  writeVersionNegotiation(header: QuicPacketHeader, out: Uint8Array): number;
  writeRetry(header: QuicPacketHeader, newSourceId: Uint8Array, token: Uint8Array, out: Uint8Array): number;
  /** Answers a short packet of `causeLength` bytes that belongs to no connection. A reset is shorter than its cause and
   *  has 21 bytes at least: to a cause of less than 22 there is no answer, and 0 is returned. */
  writeStatelessReset(token: Uint8Array, causeLength: number, out: Uint8Array): number;
}
