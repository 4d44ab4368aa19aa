import { addon } from "./addon.ts";

interface PacketOpenerPart {
  createPacketOpener(suite: number, headerKey: Uint8Array, idLength: number, memory: ArrayBuffer): object;
  setPacketKey(opener: object, phase: number, key: Uint8Array, iv: Uint8Array): void;
  /** Returns the length of the frames, -1, or `LACKS_KEY`. */
  openPacket(opener: object, packet: Uint8Array): number;
  forgetPacketKeys(opener: object): void;
}

/** Ciphers of QUIC packets (RFC 9001, 5.3), with the numbers that the add-on knows them by. */
export const PacketCipher = { aes128Gcm: 0, aes256Gcm: 1, chacha20Poly1305: 2 } as const;
export type PacketCipher = (typeof PacketCipher)[keyof typeof PacketCipher];

const LACKS_KEY = -2;

/** The add-on and this file share a memory: three numbers at its start, and at this offset the frames of the packet that was
 *  opened last. */
const FRAMES_OFFSET = 64;
const memory = new ArrayBuffer(FRAMES_OFFSET + 65_536);
const numbers = new Float64Array(memory, 0, 3);
const NEWEST_AT = 0;
const NUMBER_AT = 1;
const PHASE_AT = 2;
const memoryBytes = new Uint8Array(memory);

/**
 * Opens packets with a short header that one end of a connection has sealed (RFC 9001, 5), and leaves them as they are. Keys are set
 * for each key phase (RFC 9001, 6); packets of a phase without keys do not open.
 */
export class PacketOpener {
  /** The highest packet number that was opened so far; -1 before any. */
  newest = -1;
  /** Number of the packet that was opened last. */
  number = -1;
  /** Key phase of the newest packet: 0 or 1. When it changes, the keys of the other phase are dropped. */
  phase: 0 | 1 = 0;
  /** Whether the last packet did not open because its phase has no keys: nothing is known of it then but that. */
  lacksKey = false;

  readonly #part = addon() as PacketOpenerPart;
  readonly #native: object;

  /**
   * @param headerKey of as many bytes as the cipher's keys have.
   * @param idLength length of the connection ID in the packets.
   * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
   */
  constructor(cipher: PacketCipher, headerKey: Uint8Array, idLength: number) {
    this.#native = this.#part.createPacketOpener(cipher, headerKey, idLength, memory);
  }

  setKey(phase: 0 | 1, key: Uint8Array, iv: Uint8Array): void {
    this.#part.setPacketKey(this.#native, phase, key, iv);
  }

  /**
   * @returns the packet's frames, for as long as no other packet is opened, or undefined when it is not of these keys, or was
   *   opened before (128 numbers below the highest nobody knows any more, and all count as opened). A packet of the other phase
   *   opens only when its number is the highest so far: that is where new keys begin.
   */
  open(packet: Uint8Array): Uint8Array | undefined {
    numbers[NEWEST_AT] = this.newest;
    numbers[PHASE_AT] = this.phase;
    const length = this.#part.openPacket(this.#native, packet);
    this.lacksKey = length === LACKS_KEY;
    if (length < 0) return undefined;
    this.number = numbers[NUMBER_AT]!;
    if (this.number > this.newest) {
      this.newest = this.number;
      this.phase = numbers[PHASE_AT] as 0 | 1;
    }
    return memoryBytes.subarray(FRAMES_OFFSET, FRAMES_OFFSET + length);
  }

  /** Zeroes the keys: no packet opens any more. */
  forget(): void {
    this.#part.forgetPacketKeys(this.#native);
  }
}
