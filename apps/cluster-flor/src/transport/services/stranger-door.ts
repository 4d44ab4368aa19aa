import { headerSize, writeHeader } from "@florenetes/forwarding";
import { RateLimit } from "@florenetes/scheduling";
import type { QuicEngine, QuicPacketHeader } from "@florenetes/quic";
import { INITIAL_DATAGRAM_MIN, RetryTokens } from "@florenetes/quic";
import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import type { HalfOpenLimiter } from "./half-open.ts";
import { REPLY_SIZE_MAX } from "../limits.ts";
import type { RefusalLimit } from "./refusal-limit.ts";
import type { FirstPacket, ServiceEnd } from "./service-end.ts";
import type { TransportDrops } from "../packets/transport-drops.ts";

const none = new Uint8Array(0);

export interface StrangerDoorOptions {
  readonly engine: QuicEngine;
  readonly origin: PacketOrigin;
  readonly halfOpen: HalfOpenLimiter;
  readonly refusalLimit: RefusalLimit;
  readonly drops: TransportDrops;
  readonly resetsPerSecond: number;
  /** 32 random bytes. */
  readonly retrySecret: Uint8Array;
  /** Whether one more connection may be accepted. */
  readonly hasRoom: () => boolean;
}

/** A packet for an unknown ConnectionId, with everything that an answer needs. */
interface Stranger extends FirstPacket {
  readonly service: ServiceEnd;
}

/**
 * Answers packets of unknown ConnectionIds without keeping state: only a packet that can start a connection makes some.
 * Every answer is smaller than its cause, and their rate is bounded.
 */
export class StrangerDoor {
  readonly #options: StrangerDoorOptions;
  readonly #retryTokens: RetryTokens;
  readonly #answers: RateLimit;
  /** A buffer of its own, because the packet may be in the one that connections send from. */
  readonly #out = new Uint8Array(headerSize(16) + REPLY_SIZE_MAX);

  constructor(options: StrangerDoorOptions) {
    this.#options = options;
    this.#retryTokens = new RetryTokens(options.retrySecret);
    this.#answers = new RateLimit(options.resetsPerSecond, options.resetsPerSecond);
  }

  /** Whether a packet of an unknown connection may be answered. Packets from an origin that guesses labels are not. */
  isOpen(packet: Uint8Array, start: number, inLink: number): boolean {
    const { origin, drops } = this.#options;
    if (!origin.isGuessing(packet, start, inLink)) return true;
    drops.guessing++;
    return false;
  }

  handlePacket(stranger: Stranger, now: number): void {
    const { engine, drops } = this.#options;
    const header = engine.parseHeader(stranger.payload, 0);
    if (header === undefined) drops.malformed++;
    else if (header.type === "short") this.#reset(stranger, now);
    else if (header.type !== "initial" || stranger.payload.length < INITIAL_DATAGRAM_MIN) drops.unknownConnection++;
    else if (!engine.isVersionSupported(header.version)) this.#negotiate(stranger, header, now);
    else if (header.sourceId.length > 0) drops.connectionId++;
    else this.#accept(stranger, header, now);
  }

  #accept(stranger: Stranger, header: QuicPacketHeader, now: number): void {
    const { halfOpen, refusalLimit, drops, hasRoom } = this.#options;
    const { service, way } = stranger;
    if (!hasRoom()) {
      drops.noRoom++;
      return;
    }
    if (!refusalLimit.isOpen({ inLink: way.outLink, isKnown: halfOpen.isKnown(way) }, now)) {
      drops.refusedLimit++;
      return;
    }
    const isRetrying = header.token.length > 0 || halfOpen.isRetryNeeded;
    if (isRetrying && !halfOpen.takeRetry(way, now)) {
      drops.retryRate++;
      return;
    }
    let originalId: Uint8Array | undefined;
    if (header.token.length > 0) {
      originalId = this.#retryTokens.verify(header.token, boundTo(stranger), now);
      if (originalId === undefined) {
        drops.badToken++;
        return;
      }
    } else if (isRetrying) {
      this.#retry(stranger, header, now);
      return;
    }
    if (!service.accept(stranger, originalId, now)) drops.halfOpenLimit++;
  }

  #reset(stranger: Stranger, now: number): void {
    const { engine, drops } = this.#options;
    drops.unknownConnection++;
    if (!this.#answers.take(now)) return;
    const token = stranger.service.resetToken(stranger.idHigh, stranger.idLow);
    this.#reply(stranger, engine.writeStatelessReset(token, stranger.payload.length, this.#room(stranger)));
  }

  #retry(stranger: Stranger, header: QuicPacketHeader, now: number): void {
    const { engine, drops } = this.#options;
    drops.retried++;
    const token = this.#retryTokens.issue(header.destinationId, boundTo(stranger), now);
    this.#reply(stranger, engine.writeRetry(header, none, token, this.#room(stranger)));
  }

  #negotiate(stranger: Stranger, header: QuicPacketHeader, now: number): void {
    const { engine, drops } = this.#options;
    drops.unknownVersion++;
    if (this.#answers.take(now)) this.#reply(stranger, engine.writeVersionNegotiation(header, this.#room(stranger)));
  }

  #room(stranger: Stranger): Uint8Array {
    return this.#out.subarray(headerSize(stranger.way.words.length));
  }

  #reply(stranger: Stranger, length: number): void {
    if (length === 0) return;
    const { idHigh, idLow, way } = stranger;
    const payloadAt = writeHeader(this.#out, 0, idHigh, idLow, way.words);
    this.#options.origin.sendFromHere(way.outLink, this.#out, 0, payloadAt + length);
  }
}

/** A Retry's token is bound to these: it is valid for this ConnectionId and reverse path only. */
function boundTo(stranger: Stranger): Uint8Array {
  const { idHigh, idLow, way } = stranger;
  return new Uint8Array(Uint32Array.of(idHigh, idLow, way.outLink, ...way.words).buffer);
}
