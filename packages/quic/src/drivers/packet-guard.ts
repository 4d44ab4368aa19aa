import { KeyLog, type TrafficSecrets } from "./key-log.ts";
import type { NativeConnection } from "./native-connection.ts";
import { PacketReader } from "./packet-reader.ts";

let keyLog: KeyLog | undefined;

/** Opens the 1-RTT packets that come before the engine does, which says nothing of what was in them. */
export class PacketGuard {
  readonly #isServer: boolean;
  readonly #idLength: number;
  #incoming: PacketReader | undefined;

  /** @param idLength of our connection ID. */
  constructor(isServer: boolean, idLength: number) {
    this.#isServer = isServer;
    this.#idLength = idLength;
  }

  /** Has a native connection tell its keys to guards. */
  static watch(native: NativeConnection): void {
    keyLog ??= new KeyLog();
    keyLog.attach(native);
  }

  /** The highest number of a 1-RTT packet so far; -1 before any. */
  get newestPacket(): number {
    return this.#incoming?.newest ?? -1;
  }

  /** Runs `receive`, by which the engine hears packets of the handshake, and learns the keys that come of it. */
  handleHandshake(receive: () => void): void {
    if (this.#incoming !== undefined || keyLog === undefined) return receive();
    const secrets = keyLog.during(receive);
    if (secrets !== undefined) this.#handleSecrets(secrets);
  }

  /** A packet with a short header; it is left as it is. */
  handlePacket(packet: Uint8Array, isConfirmed: boolean): void {
    if (this.#incoming === undefined) return;
    if (isConfirmed) this.#incoming.allowUpdates();
    this.#incoming.open(packet);
  }

  #handleSecrets({ client, server }: TrafficSecrets): void {
    this.#incoming = new PacketReader(this.#isServer ? client : server, this.#idLength);
  }
}
