import type { NativeStreamEvent } from "@florenetes/data-plane";
import { readUint16 } from "@florenetes/wire-values";
import { Code } from "../../codes.ts";
import { DatagramDrops } from "../../datagrams/flow-account.ts";
import { WaitingDatagrams } from "../../datagrams/waiting-datagrams.ts";
import type { SessionReaders } from "../../own/session-readers.ts";
import type { FlowOpener, OwnFlow, OwnFlowUser } from "../../own/own-flow.ts";

/** Bytes of the length before each datagram. */
const LENGTH_SIZE = 2;

/** The data thread, as far as a flow needs it. */
export interface LaneFlowOrders {
  /** Copies the datagram; `drops` counts it if it is dropped. */
  send(flow: number, bytes: Uint8Array, drops: DatagramDrops): void;
  /** Resets the flow, after all datagrams that were sent. */
  reset(flow: number, code: number): void;
}

export interface LaneFlowOptions {
  readonly orders: LaneFlowOrders;
  /** The number of the flow in the thread. */
  readonly number: number;
  /** The readers of sockets of sessions for the flow; undefined for a flow that the thread does not have. */
  readonly readers: SessionReaders | undefined;
  /** Whether the flow was accepted here, and not opened. */
  readonly isAnswered: boolean;
  /** Counts datagrams that are lost between the two threads. */
  readonly drops: DatagramDrops | undefined;
}

/** A flow of the data thread whose workload is this process. Datagrams that have overtaken the far end's acceptance wait for it. */
export class LaneFlow {
  readonly #user: OwnFlowUser & Partial<FlowOpener>;
  readonly #early: WaitingDatagrams;
  #isAnswered: boolean;

  /** @param workload Called within this call. */
  constructor(
    { orders, number, isAnswered, readers, drops = new DatagramDrops() }: LaneFlowOptions,
    workload: (flow: OwnFlow) => OwnFlowUser & Partial<FlowOpener>,
  ) {
    this.#isAnswered = isAnswered;
    this.#early = new WaitingDatagrams(drops);
    this.#user = workload({
      ...(readers !== undefined && { carried: { number, readers } }),
      send: (bytes) => orders.send(number, bytes, drops),
      reset: (code = Code.done) => orders.reset(number, code),
    });
  }

  handleEvent(event: NativeStreamEvent): void {
    if (event.kind === "datagrams") this.#handleDatagrams(event.bytes);
    if (event.kind !== "streamAnswered") return;
    this.#isAnswered = true;
    this.#user.handleAnswered?.();
    for (const bytes of this.#early.takeAll()) this.#user.handleDatagram(bytes);
  }

  handleReset(code: number, text: string): void {
    this.#early.drop();
    this.#user.handleReset(code, text);
  }

  /** Takes datagrams, each behind its length. */
  #handleDatagrams(bytes: Uint8Array): void {
    for (let at = 0; at + LENGTH_SIZE <= bytes.length;) {
      const begin = at + LENGTH_SIZE;
      at = begin + readUint16(bytes, at);
      const datagram = bytes.subarray(begin, at);
      if (this.#isAnswered) this.#user.handleDatagram(datagram);
      // A copy: a view would keep the whole batch of events in memory.
      else this.#early.add(datagram.slice());
    }
  }
}
