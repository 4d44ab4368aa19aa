import { PacketOpener } from "@florenetes/native";
import { type CipherSuite, headerKey, nextSecret, setPacketKey } from "./packet-keys.ts";

/**
 * Opens 1-RTT packets that our own end has sealed: few of them, with any number of key updates in between. The engine
 * never updates keys by itself; it answers each update of the peer at once (RFC 9001, 6.2). So updates are counted
 * instead of being looked for in the packets.
 */
export class OwnPacketReader {
  readonly #suite: CipherSuite;
  /** The header key stays the same through all key updates (RFC 9001, 6.1). */
  readonly #headerKey: Buffer;
  #secret: Buffer;
  #phase: 0 | 1 = 0;
  #opener: PacketOpener | undefined;
  #idLength = 0;
  /** Whether the opener has the keys of the newest secret. */
  #hasKeys = false;

  /**
   * @param secret our first traffic secret (RFC 8446, 7.1). This takes it over, and zeroes it when it is not needed any   more.
   */
  constructor(suite: CipherSuite, secret: Buffer) {
    this.#suite = suite;
    this.#secret = secret;
    this.#headerKey = headerKey(suite, secret);
  }

  /** The engine has updated its keys. Only a secret is made now, without packet keys: the peer decides how often this happens. */
  handleUpdate(): void {
    const secret = nextSecret(this.#suite, this.#secret);
    this.#secret.fill(0);
    this.#secret = secret;
    this.#phase = this.#phase === 0 ? 1 : 0;
    this.#hasKeys = false;
  }

  /**
   * @param number of the packet.
   * @param idLength of the peer's connection ID in it, which the peer may change for one of another length.
   * @returns the packet's frames, for as long as no other is opened; undefined when it has no short header.
   */
  open(packet: Uint8Array, number: number, idLength: number): Uint8Array | undefined {
    const opener = this.#openerFor(idLength);
    opener.newest = number - 1;
    return opener.open(packet);
  }

  /** Zeroes all keys. Nothing is to be opened any more. */
  forget(): void {
    this.#secret.fill(0);
    this.#headerKey.fill(0);
    this.#opener?.forget();
  }

  #openerFor(idLength: number): PacketOpener {
    let opener = this.#opener;
    if (opener === undefined || this.#idLength !== idLength) {
      opener?.forget();
      opener = new PacketOpener(this.#suite.cipher, this.#headerKey, idLength);
      [this.#opener, this.#idLength, this.#hasKeys] = [opener, idLength, false];
    }
    if (!this.#hasKeys) setPacketKey(opener, this.#phase, this.#suite, this.#secret);
    this.#hasKeys = true;
    return opener;
  }
}
