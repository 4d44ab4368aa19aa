import type { NativeConnection } from "@florenetes/data-plane";
import type { QuicConfig, QuicConnection, QuicEvent, QuicStats } from "../engine.ts";
import type { HidingConnections } from "./hiding-connections.ts";
import { nativeClosedEvent } from "./native-closing.ts";

/** An end of a connection of the native engine: the calls go through, and the peer is judged between two of them. */
export class NativeEngineConnection implements QuicConnection {
  onDue: (() => void) | undefined;
  readonly #native: NativeConnection;
  readonly #hiding: HidingConnections;
  #owner: string | undefined;
  #ledgerKey: number | undefined;
  /** Closed by its owner, who may ask for no event any more. */
  #isLeft = false;
  #judgePeer: QuicConfig["judgePeer"];
  #tellSecrets: (() => void) | undefined;

  /** @param tellSecrets is called when the connection may have told secrets: during the handshake */
  constructor(
    native: NativeConnection,
    hiding: HidingConnections,
    judgePeer: QuicConfig["judgePeer"],
    tellSecrets: (() => void) | undefined,
  ) {
    this.#native = native;
    this.#tellSecrets = tellSecrets;
    this.#hiding = hiding;
    this.#judgePeer = judgePeer;
  }

  /** For a thread that takes it over: what is left here has ended. */
  get native(): NativeConnection {
    this.#hiding.handleGone(this.#ledgerKey);
    return this.#native;
  }

  get owner(): string | undefined {
    return this.#owner;
  }

  set owner(owner: string | undefined) {
    this.#owner = owner;
    this.#native.setOwner(owner);
  }

  handleDatagram(datagram: Uint8Array, now: number): void {
    if (this.#native.handleDatagram(datagram, now)) this.#hiding.handleTooMany();
    this.#tellSecrets?.();
    if (this.#judgePeer !== undefined) this.#judge(this.#judgePeer);
  }

  /** Once the server's chain is verified the engine sends nothing until it has the answer. */
  #judge(judgePeer: NonNullable<QuicConfig["judgePeer"]>): void {
    const chain = this.#native.unjudgedChain();
    if (chain === null) return;
    this.#judgePeer = undefined;
    const refusal = judgePeer(chain);
    if (refusal === undefined) this.#native.handleAcceptedPeer();
    else this.#native.handleRefusedPeer(refusal.code, refusal.reason, refusal.alert);
  }

  authenticatedPackets(): number {
    return this.#native.authenticatedPackets();
  }

  ignoredDatagrams(): number {
    return this.#native.ignoredDatagrams();
  }

  get newestPacket(): number {
    return this.#native.newestPacket;
  }

  handleTimeout(now: number): void {
    this.#native.handleTimeout(now);
  }

  pollTransmit(out: Uint8Array, now: number): number {
    return this.#native.pollTransmit(out, now);
  }

  pollEvent(): QuicEvent | undefined {
    const event = this.#native.pollEvent();
    if (event === null) return undefined;
    const { cause, isApplication, code, reason } = event;
    if (cause === undefined) {
      this.#tellSecrets = undefined;
      this.#ledgerKey = this.#native.ledgerKey;
      if (!this.#isLeft) this.#hiding.handleEstablished(this.#ledgerKey, this);
      return { kind: "established" };
    }
    this.#hiding.handleGone(this.#ledgerKey);
    return nativeClosedEvent({ cause, isApplication, code, reason });
  }

  nextTimeout(): number {
    return this.#native.nextTimeout();
  }

  get isEstablished(): boolean {
    return this.#native.isEstablished;
  }

  get isClosed(): boolean {
    return this.#native.isClosed;
  }

  peerCertificates(): Uint8Array[] | undefined {
    return this.#native.peerCertificates() ?? undefined;
  }

  close(code: number, reason: string): void {
    this.#native.close(code, reason);
    this.#isLeft = true;
    this.#hiding.handleGone(this.#ledgerKey);
  }

  ping(): void {
    this.#native.ping();
  }

  stats(): QuicStats {
    const stats = this.#native.stats();
    return { ...stats, rttMs: Math.round(stats.rttMs), minRttMs: Math.round(stats.minRttMs) };
  }

  datagramSizeMax(): number {
    return this.#native.datagramSizeMax();
  }

  sendDatagram(datagram: Uint8Array): boolean {
    return this.#native.sendDatagram(datagram);
  }

  datagramSendQueueLength(): number {
    return this.#native.datagramSendQueueLength();
  }

  get lateDatagrams(): number {
    return this.#native.lateDatagrams();
  }

  get holdsDatagrams(): boolean {
    return this.#native.holdsDatagrams();
  }

  receiveDatagram(out: Uint8Array): number {
    return this.#native.receiveDatagram(out);
  }

  readableStreams(): readonly number[] {
    return this.#native.readableStreams();
  }

  streamSend(id: number, bytes: Uint8Array, fin: boolean): number {
    return this.#native.streamSend(id, bytes, fin);
  }

  streamReceive(id: number, out: Uint8Array): number {
    return this.#native.streamReceive(id, out);
  }

  get streamEnded(): boolean {
    return this.#native.streamEnded;
  }

  get streamErrorCode(): number {
    return this.#native.streamErrorCode;
  }

  streamCapacity(id: number): number {
    return this.#native.streamCapacity(id);
  }

  streamReset(id: number, code: number): void {
    this.#native.streamReset(id, code);
  }

  streamStop(id: number, code: number): void {
    this.#native.streamStop(id, code);
  }

  streamsLeft(): number {
    return this.#native.streamsLeft();
  }
}

/** The add-on's part of a connection; undefined: it is of another engine. */
export function nativeConnectionOf(connection: QuicConnection): NativeConnection | undefined {
  return connection instanceof NativeEngineConnection ? connection.native : undefined;
}
