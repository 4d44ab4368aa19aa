import type { QuicEngine, QuicPacketHeader } from "./engine.ts";
import { parsePacketHeader, QUIC_VERSION, writeVersionNegotiationPacket } from "./packet-header.ts";
import { writeStatelessResetPacket } from "./stateless-reset.ts";

type StatelessAnswers = Pick<
  QuicEngine,
  "parseHeader" | "isVersionSupported" | "writeVersionNegotiation" | "writeStatelessReset"
>;

/** The part of an engine that needs no keys: what it reads and answers before there is a connection. A Retry is not among it, for its
 *  tag is a matter of the engine's cryptography. */
export function statelessAnswers(randomBytes: (length: number) => Uint8Array): StatelessAnswers {
  return {
    parseHeader: parsePacketHeader,

    isVersionSupported(version: number): boolean {
      return version === QUIC_VERSION;
    },

    writeVersionNegotiation(header: QuicPacketHeader, out: Uint8Array): number {
      return writeVersionNegotiationPacket(header, randomBytes(1)[0]!, out);
    },

    writeStatelessReset(token: Uint8Array, causeLength: number, out: Uint8Array): number {
      return writeStatelessResetPacket(token, causeLength, randomBytes, out);
    },
  };
}
