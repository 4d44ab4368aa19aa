import { NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import { PACKET_SIZE_MIN, ROUTE_PROBE_MS } from "../limits.ts";
import { answerIn, ProbeSender, type ProbeSenderOptions } from "./probe-sender.ts";

export interface RouteProbeOptions extends ProbeSenderOptions {
  readonly setDeadline: (probe: RouteProbe, deadline: number) => void;
  /** A probe was answered, or was not before the next one was due. False: no more probes are wanted. */
  readonly onProbed: (isAnswered: boolean, now: number) => boolean;
}

/** Asks whether packets get to the end of a failed route, and back: a small packet each five seconds. */
export class RouteProbe implements Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly #options: RouteProbeOptions;
  readonly #sender: ProbeSender;
  readonly #size: number;
  /** The probe that is not answered yet. */
  #nonce: bigint | undefined;

  constructor(options: RouteProbeOptions) {
    this.#options = options;
    this.#sender = new ProbeSender(options);
    this.#size = Math.max(PACKET_SIZE_MIN, this.#sender.headerSize);
  }

  get idHigh(): number {
    return this.#sender.idHigh;
  }

  get idLow(): number {
    return this.#sender.idLow;
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
    const answer = answerIn(packet, start, end);
    if (answer === undefined || answer.nonce !== this.#nonce) return false;
    this.#nonce = undefined;
    if (!this.#options.onProbed(true, now)) this.stop();
    return true;
  }

  #ask(now: number): void {
    this.#nonce = this.#sender.newNonce();
    this.#sender.send(this.#size, this.#nonce);
    this.#options.setDeadline(this, now + ROUTE_PROBE_MS);
  }
}
