import assert from "node:assert";
import { Code } from "../../codes.ts";
import { WaitingDatagrams } from "../../datagrams/waiting-datagrams.ts";
import type { OwnFlowUser, OwnFlowWorkload } from "../../own/own-flow.ts";
import type { OwnCaller, OwnDialled, OwnService } from "../../own/own-service.ts";
import type { FlowTarget, FlowTargetSocket, FlowTargetUser } from "./service-flow.ts";
import type { FlowAccount } from "../../datagrams/flow-account.ts";

export interface OwnFlowTargetOptions {
  readonly service: OwnService;
  readonly caller: OwnCaller;
  readonly account: FlowAccount;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

/** Makes the target of flows to a service of this process. */
export function ownFlowTarget(options: OwnFlowTargetOptions): FlowTarget {
  return (user) => new OwnFlowTarget(options, user).dial();
}

/**
 * A service of this process as the target of one flow.
 *
 *     dialling ──the service answers──▶ open, datagrams wait for the next turn ──▶ open
 */
class OwnFlowTarget implements FlowTargetSocket, OwnDialled<OwnFlowWorkload> {
  readonly #options: OwnFlowTargetOptions;
  readonly #flow: FlowTargetUser;
  #user: OwnFlowUser | undefined;
  /** The datagrams that came during a call of the service; undefined after it. */
  #waiting: WaitingDatagrams | undefined;
  #isOpen = false;
  #isOver = false;

  constructor(options: OwnFlowTargetOptions, flow: FlowTargetUser) {
    this.#options = options;
    this.#flow = flow;
    this.#waiting = new WaitingDatagrams(options.account.drops);
  }

  /** Returns a function that cancels this. */
  dial(): () => void {
    const { service, caller } = this.#options;
    assert(service.dialFlow !== undefined, "it takes flows");
    const cancel = service.dialFlow(caller, this);
    return () => {
      if (this.#isOver) return;
      this.#isOver = true;
      cancel();
    };
  }

  // OwnDialled:

  handleConnected(workload: OwnFlowWorkload): void {
    if (this.#isOver) return;
    this.#user = workload({
      send: (bytes) => {
        if (!this.#isOver) this.#flow.handleTargetDatagram(new Uint8Array(bytes));
      },
      reset: (code = Code.done) => this.#handleReset(code),
    });
    this.#isOpen = true;
    this.#options.soon(() => this.#handWaiting());
    this.#flow.handleConnected(this);
  }

  handleFailed(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#flow.handleFailed(code, text);
  }

  // FlowTargetSocket:

  send(bytes: Uint8Array): boolean {
    if (this.#waiting === undefined) this.#user?.handleDatagram(bytes);
    else this.#waiting.add(bytes);
    return true;
  }

  close(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting?.drop();
    this.#options.soon(() => this.#user?.handleReset(code, text));
  }

  #handleReset(code: number): void {
    if (this.#isOver) return;
    // The workload may reset the flow while it is being made.
    if (!this.#isOpen) return this.#options.soon(() => this.#handleReset(code));
    this.close(code, "");
    this.#flow.handleTargetEnd(code);
  }

  #handWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const bytes of waiting?.takeAll() ?? []) if (!this.#isOver) this.#user?.handleDatagram(bytes);
  }
}
