import { NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import { Code } from "../../codes.ts";
import type { FlowAccount } from "../../datagrams/flow-account.ts";
import { FlowTable } from "../../datagrams/flow-table.ts";
import { FLOWS_MAX } from "../../datagrams/limits.ts";
import type { Dialled } from "../../streams/local-network.ts";
import { type FlowOrigin, type FlowService, type FlowTarget, ServiceFlow } from "./service-flow.ts";

export interface FlowsHost {
  /** Monotonic. */
  readonly now: () => number;
  setDeadline(sleeper: ServiceFlows, deadline: number): void;
}

/** The flows of one service, over all its connections: silent ones end after a time. */
export class ServiceFlows implements FlowService, Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly account: FlowAccount;
  readonly #host: FlowsHost;
  #idleMs: number;
  readonly #table = new FlowTable<ServiceFlow>(FLOWS_MAX);

  constructor(host: FlowsHost, account: FlowAccount, idleMs: number) {
    this.#host = host;
    this.account = account;
    this.#idleMs = idleMs;
  }

  /** Sets how long flows may be silent before they end. */
  setIdle(idleMs: number): void {
    this.#idleMs = idleMs;
    this.#arm();
  }

  /** Begins a flow. Returns a function that cancels this. */
  open(origin: FlowOrigin, target: FlowTarget, dialled: Dialled): () => void {
    const now = this.now();
    const flow = new ServiceFlow(this, origin, dialled);
    const surplus = this.#table.add(flow, now);
    if (surplus !== undefined) {
      this.account.handleEnded("room");
      surplus.close();
    }
    flow.dial(target);
    if (this.deadline === Number.POSITIVE_INFINITY) this.#arm();
    return () => flow.reset(Code.workloadReset, "");
  }

  stop(): void {
    for (const flow of this.#table) flow.close();
  }

  handleTimeout(now: number): void {
    for (let { oldest } = this.#table; oldest !== undefined; { oldest } = this.#table) {
      if (oldest.heardAt + this.#idleMs > now) break;
      this.account.handleEnded("idle");
      oldest.flow.close();
    }
    this.#arm();
  }

  // FlowService:

  now(): number {
    return this.#host.now();
  }

  touch(flow: ServiceFlow): void {
    this.#table.touch(flow, this.now());
  }

  handleOver(flow: ServiceFlow): void {
    this.#table.remove(flow);
  }

  #arm(): void {
    const { oldest } = this.#table;
    this.#host.setDeadline(this, oldest === undefined ? Number.POSITIVE_INFINITY : oldest.heardAt + this.#idleMs);
  }
}
