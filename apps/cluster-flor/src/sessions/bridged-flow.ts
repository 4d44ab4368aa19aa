import { Code } from "../transport/codes.ts";
import type { FlowAccount } from "../transport/datagrams/flow-account.ts";
import type { FlowOpener, OwnFlow } from "../transport/own/own-flow.ts";
import { type EndEvent, type EndHost, type SessionEnd, resetFor, transportCode } from "./session-end.ts";

/** Joins a flow of a data session and a flow of the transport. */
export class BridgedFlow implements SessionEnd, FlowOpener {
  readonly #host: EndHost;
  readonly #id: number;
  readonly #flow: OwnFlow;
  readonly #account: FlowAccount | undefined;
  #isOver = false;

  /** @param account Counts the datagrams that the workload does not accept. */
  constructor(host: EndHost, id: number, flow: OwnFlow, account: FlowAccount | undefined) {
    this.#host = host;
    this.#id = id;
    this.#flow = flow;
    this.#account = account;
  }

  get carried(): OwnFlow["carried"] {
    return this.#flow.carried;
  }

  handleEvent(event: EndEvent): void {
    if (this.#isOver) return;
    if (event.kind === "datagram") this.#flow.send(event.bytes);
    else if (event.kind === "reset") this.handleLost(transportCode(event.code, true));
    else if (event.kind === "untaken") this.handleLost(Code.targetDown);
  }

  handleLost(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#flow.reset(code);
  }

  handleRoom(): void {
    // Nothing to do: datagrams do not wait.
  }

  handleAnswered(): void {
    this.#host.session.answer(this.#id);
    this.#host.plan();
  }

  handleDatagram(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const { session, hasRoom } = this.#host;
    const dropped = hasRoom ? session.sendDatagram(this.#id, bytes) : 1;
    if (this.#account !== undefined) this.#account.drops.target += dropped;
    this.#host.plan();
  }

  handleReset(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    resetFor(this.#host, this.#id, code, text);
  }
}
