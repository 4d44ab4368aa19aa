/** The QUIC engine of native/engine, as native/node shows it to JavaScript: nothing here is checked twice. */

/** Certificates, key and trust, made ready for handshakes with one application protocol. */
export interface NativeCredentials {
  /** The secrets that connections have told since the last call, in lines of the NSS key log format. */
  takeSecrets(): Buffer | null;
}

/** Files that tell all packets, one for each connection, in a folder that is there. */
export interface NativeQlogFolder {
  counts(): { readonly files: number; readonly bytesLost: number };
  /** Waits until all is written that connections have told. */
  close(): void;
}

/** The settings of a connection, numbers all but a few. */
export interface NativeSettings {
  readonly idleTimeoutMs: number;
  readonly initialRttMs?: number | undefined;
  readonly receivePayloadMax: number;
  readonly sendPayloadMax: number;
  readonly datagramReceiveMax?: number | undefined;
  readonly datagramSendMax?: number | undefined;
  /** Whether what goes in DATAGRAM frames is packets of others, who have controllers of their own. */
  readonly carriesOthers: boolean;
  readonly connectionWindow: number;
  readonly streamWindow: number;
  readonly streamWindowMax: number;
  readonly bidirectionalMax: number;
  readonly statelessResetToken?: Uint8Array | undefined;
  readonly congestionControl: string;
  /** Whether a client waits for `handleAcceptedPeer` once it has verified the server's chain. */
  readonly isJudging: boolean;
  /** 32 bytes that make up all chance of the connection but that of its TLS keys. */
  readonly seed: Uint8Array;
  /** Seconds since 1970, for the validity of certificates. */
  readonly unixTime: number;
  /** Milliseconds of the caller's clock. */
  readonly now: number;
}

/** Without a cause: the connection is established. */
interface NativeEvent {
  readonly cause?: "peer" | "local" | "idle" | "reset";
  readonly isApplication: boolean;
  readonly code: number;
  readonly reason: string;
}

interface NativeStats {
  readonly rttMs: number;
  readonly minRttMs: number;
  readonly congestionWindow: number;
  readonly deliveryRate: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** An end of a connection: the methods of `QuicConnection` (packages/quic/src/engine.ts), with numbers for results. */
export interface NativeConnection {
  /** Whether `takeHidingConnections` has something to tell. */
  handleDatagram(datagram: Uint8Array, now: number): boolean;
  /** By which `takeHidingConnections` names it. */
  readonly ledgerKey: number;
  /** Bytes that it hides from its application (docs/develop/quic.md, *The guard*). */
  readonly hiddenBytes: number;
  setOwner(owner: string | undefined): void;
  handleTimeout(now: number): void;
  pollTransmit(out: Uint8Array, now: number): number;
  pollEvent(): NativeEvent | null;
  nextTimeout(): number;
  /** The chain that is to be judged before anything more is sent. */
  unjudgedChain(): Uint8Array[] | null;
  handleAcceptedPeer(): void;
  handleRefusedPeer(code: number, reason: string, alert: number | undefined): void;
  readonly isEstablished: boolean;
  readonly isClosed: boolean;
  peerCertificates(): Uint8Array[] | null;
  authenticatedPackets(): number;
  ignoredDatagrams(): number;
  readonly newestPacket: number;
  close(code: number, reason: string): void;
  ping(): void;
  stats(): NativeStats;
  datagramSizeMax(): number;
  sendDatagram(datagram: Uint8Array): boolean;
  datagramSendQueueLength(): number;
  lateDatagrams(): number;
  holdsDatagrams(): boolean;
  receiveDatagram(out: Uint8Array): number;
  readableStreams(): number[];
  streamSend(id: number, bytes: Uint8Array, fin: boolean): number;
  streamReceive(id: number, out: Uint8Array): number;
  readonly streamEnded: boolean;
  readonly streamErrorCode: number;
  streamCapacity(id: number): number;
  streamReset(id: number, code: number): void;
  streamStop(id: number, code: number): void;
  streamsLeft(): number;
}

export interface NativeQuic {
  /** Throws an Error that says which text cannot be used. */
  readonly NativeCredentials: new (
    chain: Uint8Array,
    privateKey: Uint8Array,
    trustBundle: Uint8Array,
    applicationProtocol: string,
    clientEndedMs: number,
    isTellingSecrets: boolean,
    qlogs: NativeQlogFolder | undefined,
  ) => NativeCredentials;
  readonly NativeQlogFolder: new (folder: string) => NativeQlogFolder;
  readonly NativeConnection: {
    connect(credentials: NativeCredentials, settings: NativeSettings, sourceId: Uint8Array): NativeConnection;
    accept(
      credentials: NativeCredentials,
      settings: NativeSettings,
      sourceId: Uint8Array,
      originalId: Uint8Array | undefined,
      datagram: Uint8Array,
    ): NativeConnection;
  };
  /** Connections, by their keys, that are to be closed since all of the process hide too much: each closes at its next `pollEvent`. */
  takeHidingConnections(): number[];
  /** Connections of the process that were closed because their peer broke the law, by cause. */
  quicViolations(): Record<string, number>;
  /** Returns the length of the packet, or 0 when `out` is too small. */
  writeQuicRetry(
    clientId: Uint8Array,
    originalId: Uint8Array,
    newId: Uint8Array,
    token: Uint8Array,
    out: Uint8Array,
  ): number;
}
