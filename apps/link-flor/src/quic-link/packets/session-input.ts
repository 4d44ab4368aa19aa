import type { QuicConnection } from "@florenetes/quic";
import { type JoinBuffers, Joiner } from "./joiner.ts";
import { WHOLE_HEADER, WHOLE_HEADER_LENGTH } from "./pieces.ts";

const nothing: Uint8Array = new Uint8Array(0);

/**
 * The packets that come in datagrams of one session, whole or in pieces.
 *
 *     while (input.pollPacket(scratch, now)) deliver(input.packet, input.start, input.end);
 */
export class SessionInput {
  readonly joiner: Joiner;
  /** The packet that `pollPacket` found is `packet[start, end)`; valid until the next call. */
  packet: Uint8Array = nothing;
  start = 0;
  end = 0;
  /** How long the packet's pieces took to arrive, in milliseconds; undefined: it came whole. */
  spreadMs: number | undefined;
  readonly #connection: QuicConnection;

  constructor(connection: QuicConnection, buffers: JoinBuffers) {
    this.#connection = connection;
    this.joiner = new Joiner(buffers);
  }

  /** Takes the next packet; false: there is none. @param scratch A buffer that holds a datagram. */
  pollPacket(scratch: Uint8Array, now: number): boolean {
    for (;;) {
      const length = this.#connection.receiveDatagram(scratch);
      if (length < 0) return false;
      if (length === 0) continue;
      const isWhole = scratch[0] === WHOLE_HEADER;
      this.start = isWhole ? WHOLE_HEADER_LENGTH : 0;
      this.end = isWhole ? length : this.joiner.handlePiece(scratch, length, now);
      if (this.end === this.start) continue;
      this.packet = isWhole ? scratch : this.joiner.packet;
      this.spreadMs = isWhole ? undefined : this.joiner.spreadMs;
      return true;
    }
  }
}
