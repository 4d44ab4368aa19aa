import { randomBytes, randomInt } from "node:crypto";
import { ConnectionGuard } from "../connection-guard.ts";
import { ProcessLedger } from "../process-ledger.ts";
import type { TellSecrets } from "../../engine.ts";
import { noViolations, type Violation } from "../violation.ts";
import { KeyLog, type KeySource, type TrafficSecrets } from "./key-log.ts";
import { OwnPacketReader } from "./own-packet-reader.ts";
import { PacketReader } from "./packet-reader.ts";

let keyLog: KeyLog | undefined;
let tell: TellSecrets | undefined;
const processLedger = new ProcessLedger();
const counts = noViolations();

/** Connections that guards have closed, by cause. */
export const violationCounts: Readonly<Record<Violation, number>> = counts;

/** Larger than the smallest packet that may be a stateless reset (RFC 9000, 10.3), whatever the connection ID. */
const RESET_PROBE_LENGTH = 64;
const RESET_TOKEN_LENGTH = 16;
/** No peer knows these bytes, so no peer can make a packet that opens with them. */
const resetProbe = new Uint8Array(randomBytes(RESET_PROBE_LENGTH));
resetProbe[0] = 0x40;

const RANDOM_STEPS = 2 ** 32;

/**
 * Stands before the engine: opens each 1-RTT packet that comes, judges its frames, and passes on only packets that
 * could be opened and are acceptable.
 */
export class PacketGuard {
  readonly core: ConnectionGuard;
  readonly #isServer: boolean;
  readonly #idLength: number;
  #incoming: PacketReader | undefined;
  #ownSecret: Buffer | undefined;
  #handshakeSecret: Buffer | undefined;
  #outgoing: OwnPacketReader | undefined;
  #violation: Violation | undefined;

  /** @param idLength of our connection ID. */
  constructor(isServer: boolean, idLength: number) {
    this.#isServer = isServer;
    this.#idLength = idLength;
    this.core = new ConnectionGuard(isServer, idLength, processLedger, () => randomInt(RANDOM_STEPS) / RANDOM_STEPS);
  }

  /** Makes a connection of the engine reveal its keys to guards. */
  static watch(source: KeySource): void {
    try {
      keyLog ??= new KeyLog((lines) => tell?.(lines));
      keyLog.attach(source);
    } catch {
      // The process has no file descriptors left. Without keys this connection ends with its first 1-RTT packet, and no
      // other connection does.
    }
  }

  /** From now on passes on the secrets of all connections of the process, those of watched sources. */
  static tellSecrets(tellSecrets: TellSecrets): void {
    tell = tellSecrets;
  }

  /** The highest number of a 1-RTT packet so far; -1 before any. */
  get newestPacket(): number {
    return this.#incoming?.newest ?? -1;
  }

  /** The violation for which the connection is to be closed, if any. */
  get violation(): Violation | undefined {
    return (this.#violation ??= this.core.ledger.violation);
  }

  /** A client's secret for packets of the handshake, until that is complete; undefined before it has one. */
  get handshakeSecret(): Uint8Array | undefined {
    return this.#handshakeSecret;
  }

  /** The handshake is complete: its secret is zeroed. */
  handleEstablished(): void {
    this.#handshakeSecret?.fill(0);
    this.#handshakeSecret = undefined;
  }

  /** Runs `receive`, which gives the engine packets of the handshake, and learns the keys that come of it. */
  handleHandshake(receive: () => void): void {
    if (this.#incoming !== undefined || keyLog === undefined) return receive();
    const { handshake, traffic } = keyLog.during(receive, !this.#isServer);
    this.#handshakeSecret = handshake ?? this.#handshakeSecret;
    if (traffic !== undefined) this.#handleSecrets(traffic);
  }

  /**
   * Judges a packet with a short header, without changing it.
   *
   * @returns whether the engine may have it. It has keys for it only when the handshake is complete.
   */
  handlePacket(packet: Uint8Array, isEstablished: boolean, now: number): boolean {
    if (!isEstablished || this.violation !== undefined) return false;
    const incoming = this.#incoming;
    if (incoming === undefined) {
      this.#violation = "NO_KEYS";
      return false;
    }
    if (this.#isServer || this.core.isHandshakeDone) incoming.allowUpdates();
    const { phase } = incoming;
    const frames = incoming.open(packet);
    if (frames === undefined) return false;
    if (incoming.phase !== phase) this.#ownReader()?.handleUpdate();
    this.#violation = this.core.judge(frames, now);
    return this.#violation === undefined;
  }

  /**
   * Makes the packet that the engine gets in place of one that did not open, which may be a stateless reset: only the engine can
   * tell. Only the bytes of the token are kept, so that the engine cannot open a packet that was not opened here.
   */
  resetProbe(packet: Uint8Array): Uint8Array {
    const probe = resetProbe.slice();
    if (packet.length >= RESET_TOKEN_LENGTH) {
      probe.set(packet.subarray(packet.length - RESET_TOKEN_LENGTH), RESET_PROBE_LENGTH - RESET_TOKEN_LENGTH);
    }
    return probe;
  }

  /** Whether a canary is due, and our own packets can be read. */
  get isCanaryDue(): boolean {
    return this.core.acknowledgements.isCanaryDue && this.#ownReader() !== undefined;
  }

  /**
   * Whether the last packet that we made is to be a canary, and must not be sent: it asks for an acknowledgement, and
   * nothing is lost with it.
   */
  keepBack(packet: Uint8Array, peerIdLength: number): boolean {
    const { acknowledgements } = this.core;
    const frames = this.#ownReader()?.open(packet, acknowledgements.sent, peerIdLength);
    const isExpendable = frames !== undefined && this.core.isExpendable(frames);
    if (isExpendable) acknowledgements.handleCanary();
    else acknowledgements.handleNoCanary();
    return isExpendable;
  }

  /** The connection is closed, for whatever reason: no packet of it is opened any more, and its keys are zeroed. */
  handleClosed(): void {
    if (this.violation !== undefined) counts[this.violation]++;
    this.core.ledger.handleClosed();
    this.handleEstablished();
    this.#incoming?.forget();
    this.#outgoing?.forget();
    this.#outgoing = undefined;
    this.#ownSecret?.fill(0);
    this.#ownSecret = undefined;
  }

  /** Undefined until a packet of the peer has shown the cipher suite. */
  #ownReader(): OwnPacketReader | undefined {
    const suite = this.#incoming?.suite;
    if (suite !== undefined && this.#ownSecret !== undefined) {
      this.#outgoing ??= new OwnPacketReader(suite, this.#ownSecret);
    }
    return this.#outgoing;
  }

  #handleSecrets({ client, server }: TrafficSecrets): void {
    this.#incoming = new PacketReader(this.#isServer ? client : server, this.#idLength);
    this.#ownSecret = this.#isServer ? server : client;
  }
}
