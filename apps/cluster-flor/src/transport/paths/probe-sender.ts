import { headerSize, payloadOf, wordsOf, writeHeader } from "@florenetes/forwarding";
import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import { decodeProbe, encodeProbe, type ProbeMessage, ProbeType } from "./probe-message.ts";

export interface ProbeSenderOptions {
  readonly packetOrigin: PacketOrigin;
  /** 64 random bits, as two halves. */
  readonly newId: () => { readonly idHigh: number; readonly idLow: number };
  readonly link: number;
  readonly labels: readonly number[];
  /** The share of the probes, asked for with each; undefined: they have none. */
  readonly share?: (() => number | undefined) | undefined;
  /** The buffer that all probes are made in: the largest mesh packet. */
  readonly out: Uint8Array;
}

/** Sends probes along one way, with a ConnectionId of their own, by which the answers come back. */
export class ProbeSender {
  readonly idHigh: number;
  readonly idLow: number;
  /** Bytes of a mesh packet before its payload. */
  readonly headerSize: number;
  readonly #options: ProbeSenderOptions;

  constructor(options: ProbeSenderOptions) {
    const { idHigh, idLow } = options.newId();
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.headerSize = headerSize(options.labels.length);
    this.#options = options;
  }

  newNonce(): bigint {
    const { idHigh, idLow } = this.#options.newId();
    return (BigInt(idHigh) << 32n) | BigInt(idLow);
  }

  /** @param size Bytes of the mesh packet */
  send(size: number, nonce: bigint): void {
    const { out, packetOrigin, link, labels, share } = this.#options;
    const payloadAt = writeHeader(out, 0, this.idHigh, this.idLow, wordsOf(labels, share?.()));
    encodeProbe(out.subarray(payloadAt, size), { type: ProbeType.probe, isMarked: false, size, nonce });
    packetOrigin.sendFromHere(link, out, 0, size);
  }
}

/** The answer to a probe that a packet holds; undefined: it holds none. */
export function answerIn(packet: Uint8Array, start: number, end: number): ProbeMessage | undefined {
  const message = decodeProbe(packet.subarray(payloadOf(packet, start), end), end - start);
  return message?.type === ProbeType.answer ? message : undefined;
}
