import {
  connectionHighOf,
  connectionLowOf,
  isMarked,
  payloadOf,
  returnWords,
  writeHeader,
} from "@florenetes/forwarding";
import { RateLimit } from "@florenetes/scheduling";
import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import { PACKET_SIZE_MAX } from "../limits.ts";
import { ProbeType, decodeProbe, encodeProbe } from "./probe-message.ts";
import type { TransportDrops } from "../packets/transport-drops.ts";

/**
 * Answers the probes of all senders: by the packet's reverse path, with a packet of the same size, at a bounded rate.
 * Keeps no state of them.
 */
export class ProbeAnswers {
  readonly #origin: PacketOrigin;
  readonly #drops: TransportDrops;
  readonly #rate: RateLimit;
  /** A buffer of its own, because the probe may be in the one that connections send from. */
  readonly #out: Uint8Array = new Uint8Array(PACKET_SIZE_MAX);

  constructor(origin: PacketOrigin, drops: TransportDrops, perSecond: number) {
    this.#origin = origin;
    this.#drops = drops;
    this.#rate = new RateLimit(perSecond, perSecond);
  }

  /** Takes a packet for a service whose payload is not QUIC's. */
  handlePacket(packet: Uint8Array, start: number, end: number, inLink: number, now: number): void {
    const size = end - start;
    const probe = decodeProbe(packet.subarray(payloadOf(packet, start), end), size);
    if (probe === undefined || probe.type !== ProbeType.probe || size > PACKET_SIZE_MAX) {
      this.#drops.malformed++;
    } else if (!this.#rate.take(now)) {
      this.#drops.probeLimit++;
    } else {
      // The answer has as many label words as the probe, so that it has the same size.
      const words = returnWords(packet, start);
      const payloadAt = writeHeader(
        this.#out,
        0,
        connectionHighOf(packet, start),
        connectionLowOf(packet, start),
        words,
      );
      const answer = { ...probe, type: ProbeType.answer, isMarked: isMarked(packet, start) };
      encodeProbe(this.#out.subarray(payloadAt, size), answer);
      this.#origin.sendFromHere(inLink, this.#out, 0, size);
    }
  }
}
