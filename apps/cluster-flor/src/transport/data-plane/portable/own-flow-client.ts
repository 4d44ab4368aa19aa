import { Code } from "../../codes.ts";
import type { FlowAccount } from "../../datagrams/flow-account.ts";
import { WaitingDatagrams } from "../../datagrams/waiting-datagrams.ts";
import type { FlowOpener, OpeningFlowWorkload } from "../../own/own-flow.ts";
import { type FlowClient, TunnelFlow } from "./tunnel-flow.ts";

export interface OwnFlowHost {
  /** Monotonic. */
  readonly now: () => number;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

/** This process as the client of a flow. Answers that have overtaken the far end's acceptance wait for it. */
export class OwnFlowClient implements FlowClient {
  readonly account: FlowAccount;
  readonly now: () => number;
  readonly flow: TunnelFlow;
  readonly #soon: (call: () => void) => void;
  readonly #early: WaitingDatagrams;
  readonly #user: FlowOpener;
  #isAnswered = false;
  #isOver = false;

  /** @param workload Called within this call. */
  constructor(workload: OpeningFlowWorkload, account: FlowAccount, { now, soon }: OwnFlowHost) {
    this.account = account;
    this.now = now;
    this.#soon = soon;
    this.#early = new WaitingDatagrams(account.drops);
    this.flow = new TunnelFlow(this);
    this.#user = workload({
      send: (bytes) => this.flow.handleClientDatagram(new Uint8Array(bytes)),
      reset: (code = Code.done) => this.#handleReset(code),
    });
  }

  handleAnswered(): void {
    this.#isAnswered = true;
    this.#user.handleAnswered();
    for (const bytes of this.#early.takeAll()) this.handleAnswer(bytes);
  }

  handleAnswer(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#isAnswered) this.#user.handleDatagram(bytes);
    else this.#early.add(bytes);
  }

  handleOver(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#early.drop();
    // The flow may be refused while it is being opened.
    this.#soon(() => this.#user.handleReset(code, text));
  }

  #handleReset(code: number): void {
    // The workload may reset the flow while it is being made.
    if (this.flow.owner === undefined) return this.#soon(() => this.#handleReset(code));
    this.flow.close(code);
    this.handleOver(code, "");
  }
}
