import { type NativeConnection, receive } from "./native-connection.ts";
import { FIRST_FLIGHT_DATAGRAMS_MAX } from "../limits.ts";

/** RFC 9000, 18.2: what max_udp_payload_size is when it was not (yet) announced. */
const NOT_ANNOUNCED = 65_527;

/**
 * Gives a server's connection packets of the size that its client announced, before the first answer.
 *
 * quiche 0.18 derives from the size that a connection is *made* with how long the send time that it notes for a packet may
 * stay the same (its pacer's `capacity / rate`, used even where pacing is off). Made for packets ten times as large as those
 * that are sent, it takes round trips for longer than they are, by the more the longer they already seem: a millisecond
 * becomes a minute. So the connection is made anew with the right size, and hears the client's first flight again.
 */
export class FirstFlight {
  isOver = false;
  readonly #sizeMax: number;
  readonly #make: (sendPayloadMax: number) => NativeConnection;
  readonly #datagrams: Uint8Array[] = [];

  /** @param make Makes the native connection for packets of a size. */
  constructor(sizeMax: number, make: (sendPayloadMax: number) => NativeConnection) {
    this.#sizeMax = sizeMax;
    this.#make = make;
  }

  /** Copies a datagram before it is decrypted where it lies. */
  keep(datagram: Uint8Array): void {
    this.#datagrams.push(new Uint8Array(datagram)); // a Buffer's `slice` would share its memory
  }

  /** The connection to go on with: the given one, or one that has heard the same and makes packets of the right size. */
  sized(native: NativeConnection): NativeConnection {
    const announced = native.stats().peerMaxUdpPayloadSize;
    this.isOver = announced !== NOT_ANNOUNCED || this.#datagrams.length === FIRST_FLIGHT_DATAGRAMS_MAX;
    if (announced >= this.#sizeMax) return native;
    const better = this.#make(announced);
    for (const datagram of this.#datagrams) receive(better, datagram);
    return better;
  }
}
