/**
 * Counts the datagrams that gave nothing: not of the connection's keys (garbage, forged, changed on the way), or heard
 * before. To ask the engine about each would cost as much as the packet, and is not needed: a packet with a short header
 * fills its datagram, so that of all those together it is enough to know how many were authentic. The few with a long
 * header, which may hold several packets, are asked about one by one.
 */
export class IgnoredDatagrams {
  #short = 0;
  #longIgnored = 0;
  #authenticatedInLong = 0;

  handleShort(): void {
    this.#short++;
  }

  /** @param authenticated packets that were found in it */
  handleLong(authenticated: number): void {
    if (authenticated === 0) this.#longIgnored++;
    this.#authenticatedInLong += authenticated;
  }

  /** @param authenticated packets of the connection in all */
  count(authenticated: number): number {
    return this.#longIgnored + Math.max(0, this.#short - (authenticated - this.#authenticatedInLong));
  }
}

/** RFC 9000, 17.2. To be asked before the packet is decrypted where it lies. */
export function hasLongHeader(datagram: Uint8Array): boolean {
  return (datagram[0]! & 0x80) !== 0;
}
