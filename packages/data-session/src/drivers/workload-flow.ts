import { EventEmitter } from "node:events";
import type { TrafficClass } from "@florenetes/forwarding";
import { SessionCode, WORKLOAD_RESET } from "../codes.ts";
import type { DatagramRun } from "../streams.ts";
import type { Opened, StreamSession } from "./workload-stream.ts";

interface FlowEvents {
  /** The far end of our flow is there. */
  answered: [];
  /** Datagrams that come together share blocks of 16 KB: copy those few of many that you keep for long. */
  datagram: [Buffer];
  /** The flow is over: by this error, or normally without one. The last event. */
  close: [Error | undefined];
}

/** A flow of datagrams of a session. Datagrams may get lost and overtake each other. */
export class WorkloadFlow extends EventEmitter<FlowEvents> {
  readonly id: number;
  readonly service: string;
  readonly trafficClass: TrafficClass;
  /** The principal that has opened the flow, as the vertex says; empty for our own flow. */
  readonly caller: string;
  /** Datagrams that were not sent: too large ones, and old ones that made room for new ones. */
  dropped = 0;
  readonly #owner: StreamSession;
  readonly #isOwn: boolean;
  #isAnswered = false;
  #isOver = false;

  constructor(owner: StreamSession, { id, service, trafficClass, caller, isOwn }: Opened) {
    super();
    this.#owner = owner;
    this.id = id;
    this.service = service;
    this.trafficClass = trafficClass;
    this.caller = caller;
    this.#isOwn = isOwn;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get closed(): boolean {
    return this.#isOver;
  }

  /** Bytes of its datagrams that wait for the socket. */
  get bytesWaiting(): number {
    return this.#owner.session.datagramBytesWaiting(this.id);
  }

  /** Bytes that wait for the socket: of all streams and flows of its session. */
  get sessionBytesWaiting(): number {
    return this.#owner.session.bytesWaiting;
  }

  /** Accepts a flow that the other end has opened, which has datagrams from then on; the first `send` does so, too. */
  answer(): void {
    if (this.#isOwn || this.#isAnswered || this.#isOver) return;
    this.#isAnswered = true;
    this.#owner.session.answer(this.id);
    this.#owner.plan();
  }

  /** Sends a datagram, or drops this one or older ones: `dropped` counts them. */
  send(datagram: Uint8Array): void {
    this.answer();
    this.dropped += this.#owner.session.sendDatagram(this.id, datagram);
    this.#owner.plan();
  }

  /** Sends datagrams that come together, as `send` does each: cheaper where there are many. */
  sendRun(run: DatagramRun): void {
    this.answer();
    this.dropped += this.#owner.session.sendDatagrams(this.id, run);
    this.#owner.plan();
  }

  /** Ends the flow: normally, or by a code of docs/protocol/transport.md. */
  close(code: number = SessionCode.done, text: string = ""): void {
    if (this.#isOver) return;
    this.#owner.session.reset(this.id, code, text);
    this.#owner.plan();
    this.handleOver(undefined);
  }

  /** Ends the flow as failed. */
  reset(code: number = WORKLOAD_RESET, text: string = ""): void {
    this.close(code, text);
  }

  handleAnswered(): void {
    this.#isAnswered = true;
    this.emit("answered");
  }

  handleDatagram(bytes: Uint8Array): void {
    this.emit("datagram", Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  handleOver(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.forget(this.id);
    this.emit("close", error);
  }
}
