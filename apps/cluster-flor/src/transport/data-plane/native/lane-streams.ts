import assert from "node:assert";
import { type NativeStreamEvent, OWN_NUMBERS_MIN } from "@florenetes/data-plane";
import { trafficClassNumbered } from "@florenetes/forwarding";
import { Code, type Refusal } from "../../codes.ts";
import type { DatagramDrops, FlowAccount } from "../../datagrams/flow-account.ts";
import type { OpeningFlowWorkload, OwnFlowWorkload } from "../../own/own-flow.ts";
import type { OwnDialled, OwnService } from "../../own/own-service.ts";
import type { OpeningWorkload, OwnWorkload } from "../../own/own-stream.ts";
import type { StreamAccount } from "../../streams/stream-account.ts";
import { type DatagramOrders, LaneDatagrams } from "./lane-datagrams.ts";
import { LaneFlow, type LaneFlowOrders } from "./lane-flow.ts";
import { LaneSessions, type SessionOrders } from "./lane-sessions.ts";
import { LaneStream, type LaneStreamOrders } from "./lane-stream.ts";

/** The data thread's orders for streams and flows of this process. */
export interface StreamOrders extends LaneStreamOrders, DatagramOrders, SessionOrders {
  openStream(workload: number, trunk: number, account: number, isFlow: boolean): void;
  answerStream(workload: number): void;
}

/** The trunk and the account of a stream or flow that this process opens. */
export interface OwnOpening {
  readonly trunk: number;
  readonly account: number;
  /** Explains an end to people, which the thread cannot. */
  readonly explain: StreamAccount["explain"];
}

interface Served {
  readonly service: OwnService;
  /** Undefined when the service takes no flows. */
  readonly flows: FlowAccount | undefined;
}

interface FlowOptions {
  readonly workload: OwnFlowWorkload;
  readonly drops: DatagramDrops | undefined;
  readonly isAnswered: boolean;
}

type AskedEvent = Extract<NativeStreamEvent, { readonly kind: "streamAsked" }>;

const stopping: Refusal = { code: Code.stopping, reason: "" };

/** Numbers have 32 bits: nothing in the thread has this one. */
const NO_NUMBER = 2 ** 32;

const ignore = (): void => {};
const noOrders = {
  writeStream: ignore,
  endStream: ignore,
  takeStream: ignore,
  acknowledgeStream: ignore,
  resetStream: ignore,
};
const noFlowOrders: LaneFlowOrders = { send: ignore, reset: ignore };

/** The streams and flows of the data thread whose workload is this process. */
export class LaneStreams {
  /** Sockets of data sessions that the thread reads for its flows. */
  readonly sessions: LaneSessions;
  readonly #orders: StreamOrders;
  readonly #flowOrders: LaneFlowOrders;
  readonly #soon: (call: () => void) => void;
  readonly #served = new Map<number, Served>();
  readonly #streams = new Map<number, LaneStream | LaneFlow>();
  /** By number: functions that cancel the streams and flows that services have not answered yet. */
  readonly #asked = new Map<number, () => void>();
  /** By number: the services of streams and flows that this process serves. */
  readonly #services = new Map<number, number>();
  /** By number: functions that explain the ends of streams and flows that were opened here. */
  readonly #explains = new Map<number, OwnOpening["explain"]>();
  #next = OWN_NUMBERS_MIN;

  /** @param soon Calls a function in a turn of its own. */
  constructor(orders: StreamOrders, soon: (call: () => void) => void) {
    this.#orders = orders;
    this.#soon = soon;
    const datagrams = new LaneDatagrams(orders, soon);
    this.sessions = new LaneSessions(orders, () => datagrams.flush());
    this.#flowOrders = {
      send: (flow, bytes, drops) => datagrams.send(flow, bytes, drops),
      reset: (flow, code) => {
        datagrams.flush();
        orders.resetStream(flow, code, "");
      },
    };
  }

  /** Passes the streams and flows of the service with this number to `service` from now on. */
  serve(number: number, service: OwnService, flows: FlowAccount | undefined): void {
    this.#served.set(number, { service, flows });
  }

  /** The service is removed. */
  forgetService(number: number): void {
    this.#served.delete(number);
  }

  /** The service may not be served any more: its streams and flows end, whatever the thread has still told of them. */
  endService(service: number): void {
    for (const [number, its] of this.#services) {
      if (its === service) this.#handleReset(number, Code.notGranted, "");
    }
  }

  /** Opens a stream. The workload is called within this call. */
  open({ trunk, account, explain }: OwnOpening, workload: OpeningWorkload): void {
    const number = this.#takeNumber();
    this.#explains.set(number, explain);
    this.#orders.openStream(number, trunk, account, false);
    this.#addStream(number, workload, undefined);
  }

  /** Opens a flow. The workload is called within this call. */
  openFlow({ trunk, account, explain }: OwnOpening, drops: DatagramDrops, workload: OpeningFlowWorkload): void {
    const number = this.#takeNumber();
    this.#explains.set(number, explain);
    this.#orders.openStream(number, trunk, account, true);
    this.#addFlow(number, { workload, drops, isAnswered: false });
  }

  /** Gives a workload a stream that is refused: the workload is told in a turn of its own. */
  refuse(workload: OpeningWorkload, { code, text = "" }: Refusal): void {
    const options = { orders: noOrders, number: NO_NUMBER, tellsTaken: undefined, onEnded: ignore };
    const stream = new LaneStream(options, workload);
    this.#soon(() => stream.handleReset(code, text));
  }

  /** Gives a workload a flow that is refused, in the same way. */
  refuseFlow(workload: OpeningFlowWorkload, { code, text = "" }: Refusal): void {
    const options = {
      orders: noFlowOrders,
      number: NO_NUMBER,
      isAnswered: false,
      drops: undefined,
      readers: undefined,
    };
    const flow = new LaneFlow(options, workload);
    this.#soon(() => flow.handleReset(code, text));
  }

  handleEvent(event: NativeStreamEvent): void {
    const { workload: number } = event;
    if (event.kind === "streamAsked") return this.#handleAsked(event);
    const stream = this.#streams.get(number);
    if (event.kind !== "streamReset") return stream?.handleEvent(event);
    this.#handleReset(number, event.code, event.text);
  }

  #handleReset(number: number, code: number, told: string): void {
    const stream = this.#streams.get(number);
    const text = this.#explains.get(number)?.(code, told) ?? told;
    this.#forget(number);
    stream?.handleReset(code, text);
    this.#asked.get(number)?.();
  }

  #handleAsked({ workload: number, service: asked, isFlow, tellsTaken, peer, trafficClass }: AskedEvent): void {
    const served = this.#served.get(asked);
    // The service is removed, and the thread did not know that yet.
    if (served === undefined) return this.#orders.resetStream(number, stopping.code, "");
    const { service, flows } = served;
    this.#services.set(number, asked);
    const caller = { peer, trafficClass: trafficClassNumbered(trafficClass) };
    if (!isFlow) {
      return this.#ask<OwnWorkload>(
        number,
        (dialled) => service.dialStream(caller, dialled),
        (workload) => this.#addStream(number, workload, tellsTaken),
      );
    }
    this.#ask<OwnFlowWorkload>(
      number,
      (dialled) => {
        assert(service.dialFlow !== undefined, "the thread asks nobody for flows who takes none");
        return service.dialFlow(caller, dialled);
      },
      (workload) => this.#addFlow(number, { workload, drops: flows?.drops, isAnswered: true }),
    );
  }

  /** The service may answer within this call. Only its first answer counts. */
  #ask<Workload>(
    number: number,
    dial: (dialled: OwnDialled<Workload>) => () => void,
    begin: (workload: Workload) => void,
  ): void {
    let isOver = false;
    const end = (action: () => void): void => {
      if (isOver) return;
      isOver = true;
      this.#asked.delete(number);
      action();
    };
    const cancel = dial({
      handleConnected: (workload) =>
        end(() => {
          this.#orders.answerStream(number);
          begin(workload);
        }),
      handleFailed: (code, text) =>
        end(() => {
          this.#services.delete(number);
          this.#orders.resetStream(number, code, text);
        }),
    });
    if (!isOver) this.#asked.set(number, () => end(cancel));
  }

  #addStream(number: number, workload: OwnWorkload, tellsTaken: boolean | undefined): void {
    const onEnded = (): void => this.#forget(number);
    this.#streams.set(number, new LaneStream({ orders: this.#orders, number, tellsTaken, onEnded }, workload));
  }

  #addFlow(number: number, { workload, ...options }: FlowOptions): void {
    this.#streams.set(
      number,
      new LaneFlow({ orders: this.#flowOrders, number, readers: this.sessions, ...options }, workload),
    );
  }

  #forget(number: number): void {
    this.#streams.delete(number);
    this.#explains.delete(number);
    this.#services.delete(number);
  }

  /** With two billion numbers, none comes again so soon that the thread would take one stream for another. */
  #takeNumber(): number {
    while (this.#streams.has(this.#next)) this.#next = following(this.#next);
    const number = this.#next;
    this.#next = following(number);
    return number;
  }
}

function following(number: number): number {
  return number + 1 < NO_NUMBER ? number + 1 : OWN_NUMBERS_MIN;
}
