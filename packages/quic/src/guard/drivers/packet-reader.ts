import { PacketOpener } from "@florenetes/native";
import { type CipherSuite, headerKey, nextSecret, setPacketKey, suitesOf } from "./packet-keys.ts";

/**
 * Opens the 1-RTT packets that the other end of a connection seals, key updates included (RFC 9001, 6). A set of keys costs some 20 µs, so
 * each is made when a packet first asks for it: most connections are of the first suite, and never update.
 */
export class PacketReader {
  /** The suites that packets may be sealed with: one, once a packet was opened. */
  #suites: readonly CipherSuite[];
  /** Openers for the first of the suites, in their order: those that were tried. */
  #openers: PacketOpener[] = [];
  readonly #idLength: number;
  /** The secret of the newest keys that were made. */
  #secret: Buffer;
  #isUpdatable = false;

  /**
   * @param secret the end's traffic secret (RFC 8446, 7.1). This takes it over, and zeroes it when it is not needed any   more.
   * @param idLength length of our connection ID.
   */
  constructor(secret: Buffer, idLength: number) {
    this.#secret = secret;
    this.#idLength = idLength;
    this.#suites = suitesOf(secret);
  }

  /** The highest packet number so far; -1 before any. */
  get newest(): number {
    return this.#openers[0]?.newest ?? -1;
  }

  /** The number of the packet that was opened last. */
  get number(): number {
    return this.#openers[0]!.number;
  }

  /** The key phase of the newest packet: it changes with each key update. */
  get phase(): 0 | 1 {
    return this.#openers[0]?.phase ?? 0;
  }

  /** The cipher suite of both directions; undefined before it is known. */
  get suite(): CipherSuite | undefined {
    return this.#suites.length === 1 ? this.#suites[0] : undefined;
  }

  /** @returns the packet's frames, for as long as no other is opened; undefined when it does not open with the connection's keys. */
  open(packet: Uint8Array): Uint8Array | undefined {
    for (let at = 0; at < this.#suites.length; at++) {
      const suite = this.#suites[at]!;
      const opener = (this.#openers[at] ??= this.#makeOpener(suite));
      const frames = this.#openWith(suite, opener, packet);
      if (frames === undefined) continue;
      if (this.#suites.length > 1) this.#settle(suite, opener);
      return frames;
    }
    return undefined;
  }

  /** The handshake is confirmed: from now on the peer may update its keys, once a packet was opened. */
  allowUpdates(): void {
    this.#isUpdatable = true;
  }

  /** Zeroes all keys: nothing opens any more. */
  forget(): void {
    this.#secret.fill(0);
    this.#suites = [];
    for (const opener of this.#openers) opener.forget();
  }

  #settle(suite: CipherSuite, opener: PacketOpener): void {
    for (const other of this.#openers) if (other !== opener) other.forget();
    [this.#suites, this.#openers] = [[suite], [opener]];
  }

  #makeOpener(suite: CipherSuite): PacketOpener {
    const mask = headerKey(suite, this.#secret);
    const opener = new PacketOpener(suite.cipher, mask, this.#idLength);
    mask.fill(0);
    setPacketKey(opener, 0, suite, this.#secret);
    return opener;
  }

  #openWith(suite: CipherSuite, opener: PacketOpener, packet: Uint8Array): Uint8Array | undefined {
    const frames = opener.open(packet);
    if (!opener.lacksKey || !this.#isUpdatable || this.#suites.length > 1) return frames;
    this.#setNextKeys(suite, opener);
    return opener.open(packet);
  }

  /** Sets the keys that follow those in use. After that, no further keys are made until a packet was opened with these. */
  #setNextKeys(suite: CipherSuite, opener: PacketOpener): void {
    const secret = nextSecret(suite, this.#secret);
    this.#secret.fill(0);
    this.#secret = secret;
    setPacketKey(opener, opener.phase === 0 ? 1 : 0, suite, this.#secret);
  }
}
