import { headerSize, payloadOf, wordsOf, writeHeader } from "@florenetes/forwarding";
import { NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import { PACKET_SIZE_MIN, ROUTE_PROBE_MS } from "../limits.ts";
import type { Route } from "../routes/route-table.ts";
import { decodeProbe, encodeProbe, ProbeType } from "./probe-message.ts";

export interface RouteProbeOptions {
  readonly route: Route;
  readonly packetOrigin: PacketOrigin;
  /** 64 random bits, as two halves. */
  readonly newId: () => { readonly idHigh: number; readonly idLow: number };
  readonly setDeadline: (probe: RouteProbe, deadline: number) => void;
  /** A buffer of the largest mesh packet. */
  readonly out: Uint8Array;
  /** A probe was answered, or was not before the next one was due. False: no more probes are wanted. */
  readonly onProbed: (isAnswered: boolean, now: number) => boolean;
}

/** Asks whether packets get to the end of a failed route, and back: a small packet each five seconds. */
export class RouteProbe implements Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly idHigh: number;
  readonly idLow: number;
  readonly #options: RouteProbeOptions;
  readonly #words: Uint32Array;
  readonly #size: number;
  /** The probe that is not answered yet. */
  #nonce: bigint | undefined;

  constructor(options: RouteProbeOptions) {
    const { idHigh, idLow } = options.newId();
    this.#options = options;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.#words = wordsOf(options.route.labels);
    this.#size = Math.max(PACKET_SIZE_MIN, headerSize(this.#words.length));
  }

  /** Sends the first probe, unless probes are under way. */
  start(now: number): void {
    if (this.deadline === Number.POSITIVE_INFINITY) this.#ask(now);
  }

  stop(): void {
    this.#nonce = undefined;
    this.#options.setDeadline(this, Number.POSITIVE_INFINITY);
  }

  handleTimeout(now: number): void {
    if (this.#nonce === undefined || this.#options.onProbed(false, now)) this.#ask(now);
    else this.stop();
  }

  /** Takes a packet with this probe's ConnectionId. False: it answers no probe. */
  handlePacket(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const answer = decodeProbe(packet.subarray(payloadOf(packet, start), end), end - start);
    if (answer?.type !== ProbeType.answer || answer.nonce !== this.#nonce) return false;
    this.#nonce = undefined;
    if (!this.#options.onProbed(true, now)) this.stop();
    return true;
  }

  #ask(now: number): void {
    const { newId, out, packetOrigin, route, setDeadline } = this.#options;
    const id = newId();
    this.#nonce = (BigInt(id.idHigh) << 32n) | BigInt(id.idLow);
    const payloadAt = writeHeader(out, 0, this.idHigh, this.idLow, this.#words);
    const probe = { type: ProbeType.probe, isMarked: false, size: this.#size, nonce: this.#nonce };
    encodeProbe(out.subarray(payloadAt, this.#size), probe);
    packetOrigin.sendFromHere(route.link, out, 0, this.#size);
    setDeadline(this, now + ROUTE_PROBE_MS);
  }
}
