import { readUint32 } from "@florenetes/wire-values";
import { connectionHighOf, connectionLowOf, hopLimitOf, payloadOf } from "../labels/header.ts";
import { PASSED_PACKETS } from "./limits.ts";
import { mix } from "./mix.ts";

/** The low bits of an entry hold the hop limit, which is 1 to 31 when a packet goes on. */
const HOP_LIMIT_BITS = 0x1f;
const TAIL = 8;

/**
 * Remembers the packets that passed through this vertex lately, each by a hash, to see those that circle: they come again, from the
 * same link for the same link, with a lower hop limit. What is sent twice as it was has the same one, and passes.
 *
 * A packet is known by its ConnectionId and its last bytes, which are those of the seal of a QUIC packet; by the former alone if its
 * payload is shorter than any that is good for something. What is in front of the payload changes on the way.
 */
export class PassedPackets {
  readonly #seed: number;
  /** A packet that falls on the place of another one takes it. */
  readonly #entries = new Uint32Array(PASSED_PACKETS);

  /** @param seed 32 random bits. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Whether the packet has been here before. If not, it is remembered.
   *
   * @param pair From which link to which, by number.
   */
  isCircling(packet: Uint8Array, start: number, end: number, pair: number): boolean {
    let hash = mix(this.#seed, pair);
    hash = mix(hash, connectionLowOf(packet, start));
    const tail = end - TAIL;
    const hasTail = tail >= payloadOf(packet, start);
    if (hasTail) hash = mix(hash, readUint32(packet, tail));
    const place = hash & (PASSED_PACKETS - 1);
    hash = mix(hash, connectionHighOf(packet, start));
    if (hasTail) hash = mix(hash, readUint32(packet, tail + 4));
    const entry = ((hash & ~HOP_LIMIT_BITS) | hopLimitOf(packet, start)) >>> 0;
    const known = this.#entries[place]!;
    if (known > entry && (known & ~HOP_LIMIT_BITS) === (entry & ~HOP_LIMIT_BITS)) return true;
    this.#entries[place] = entry;
    return false;
  }
}
