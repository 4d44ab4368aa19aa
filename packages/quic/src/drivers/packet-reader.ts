import { PacketOpener } from "@florenetes/native";
import { type CipherSuite, headerKey, nextSecret, packetKey, suitesOf } from "./packet-keys.ts";

/** A suite that the packets may be sealed with, and what opens them then. */
interface Candidate {
  readonly suite: CipherSuite;
  readonly opener: PacketOpener;
}

/** Opens the 1-RTT packets that one end of a connection seals, key updates included (RFC 9001, 6). */
export class PacketReader {
  /** One, as soon as a packet was opened. */
  #candidates: readonly Candidate[];
  /** Of the key phase that was set last. */
  #secret: Buffer;
  #phase: 0 | 1 = 0;
  #isUpdatable = false;

  /**
   * @param secret the end's traffic secret (RFC 8446, 7.1).
   * @param idLength length of the other end's connection ID.
   */
  constructor(secret: Buffer, idLength: number) {
    this.#secret = secret;
    this.#candidates = suitesOf(secret).map((suite) => {
      const opener = new PacketOpener(suite.cipher, headerKey(suite, secret), idLength);
      const { key, iv } = packetKey(suite, secret);
      opener.setKey(0, key, iv);
      return { suite, opener };
    });
  }

  /** The highest packet number so far; -1 before any. */
  get newest(): number {
    return this.#candidates[0]!.opener.newest;
  }

  /** Of the packet that was opened last. */
  get number(): number {
    return this.#candidates[0]!.opener.number;
  }

  /** The next packets will have numbers about this one, though those up to it were not opened here. */
  expect(newest: number): void {
    for (const { opener } of this.#candidates) opener.newest = newest;
  }

  /** The packet's frames, for as long as no other is opened; undefined when it is not of the connection's keys. */
  open(packet: Uint8Array): Uint8Array | undefined {
    for (const candidate of this.#candidates) {
      const frames = candidate.opener.open(packet);
      if (frames === undefined) continue;
      if (this.#candidates.length > 1) this.#candidates = [candidate];
      if (this.#isUpdatable && candidate.opener.phase !== this.#phase) this.#prepareUpdate(candidate);
      return frames;
    }
    return undefined;
  }

  /** The handshake is confirmed: from now on the keys may be changed for new ones. To be said once a packet was opened. */
  allowUpdates(): void {
    if (this.#isUpdatable || this.#candidates.length > 1) return;
    this.#isUpdatable = true;
    this.#prepareUpdate(this.#candidates[0]!);
  }

  /** Sets the keys that come after those in use. */
  #prepareUpdate({ suite, opener }: Candidate): void {
    this.#phase = opener.phase;
    const secret = nextSecret(suite, this.#secret);
    this.#secret.fill(0);
    this.#secret = secret;
    const { key, iv } = packetKey(suite, secret);
    opener.setKey(this.#phase === 0 ? 1 : 0, key, iv);
  }
}
