import type { ConnectionFlows, FlowEnd } from "../../datagrams/connection-flows.ts";
import type { DatagramDrops, FlowAccount } from "../../datagrams/flow-account.ts";
import { WaitingDatagrams } from "../../datagrams/waiting-datagrams.ts";
import { Code } from "../../codes.ts";
import type { LocalSocket, LocalSocketOwner } from "../../streams/local-network.ts";

export interface FlowClient {
  readonly account: FlowAccount;
  readonly now: () => number;
  /** The far end has accepted the flow. */
  handleAnswered(): void;
  /** The far end has sent a datagram; the client may keep its bytes. */
  handleAnswer(bytes: Uint8Array): void;
  /** The flow is over, and was not closed here. `done`: the far end has ended it normally. */
  handleOver(code: number, text: string): void;
}

/**
 * A flow at its originator: the datagrams of one client, and the answers to them. The flow's stream sees a workload's
 * socket that sends only its end.
 *
 *     waiting ──its stream is opened──▶ open ──either end ends it, or a reset──▶ over
 *        └───────────────── refused, or it makes room ───────────────────────────▲
 */
export class TunnelFlow implements LocalSocket, FlowEnd {
  owner: LocalSocketOwner | undefined;
  readonly isFull = false;
  readonly held = 0;
  readonly untaken = 0;
  readonly hasTakenEnd = true;
  readonly datagramBytes: { sent: number; received: number } = { sent: 0, received: 0 };
  readonly #client: FlowClient;
  readonly #waiting: WaitingDatagrams;
  #flows: ConnectionFlows | undefined;
  #stream = 0;
  #isOver = false;

  constructor(client: FlowClient) {
    this.#client = client;
    this.#waiting = new WaitingDatagrams(client.account.drops);
  }

  get drops(): DatagramDrops {
    return this.#client.account.drops;
  }

  handleClientDatagram(bytes: Uint8Array): void {
    if (!this.#isOver && !this.#send(bytes)) this.#waiting.add(bytes);
  }

  /** The flow has a stream, for the first time or again. */
  handleOpened(flows: ConnectionFlows, stream: number): void {
    this.#flows = flows;
    this.#stream = stream;
    flows.add(stream, this, this.#client.now());
    for (const bytes of this.#waiting.takeAll()) this.#send(bytes);
  }

  handleDatagram(bytes: Uint8Array): void {
    this.#client.account.handleReceived(bytes.length);
    this.datagramBytes.received += bytes.length;
    this.#client.handleAnswer(bytes);
  }

  /** Ends the flow by a code, normally `done`; the peer is told, if it knows of the flow. */
  close(code: number): void {
    if (this.#isOver) return;
    const isOpen = this.#flows !== undefined;
    this.#leave();
    if (isOpen && code === Code.done) this.owner?.handleLocalEnd();
    else this.owner?.handleLocalClose(false, code === Code.done ? Code.workloadReset : code);
  }

  // LocalSocket, for the stream:

  /** The peer has sent bytes on the stream, which it may not. */
  write(): boolean {
    this.owner?.handleLocalClose(false, Code.malformed);
    return true;
  }

  /** The peer has ended the flow. */
  end(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#client.handleOver(Code.done, "");
    this.owner?.handleLocalEnd();
  }

  reset(code: number, text: string): void {
    if (this.#isOver) return;
    this.#leave();
    this.#client.handleOver(code, text);
  }

  handleAnswered(): void {
    if (!this.#isOver) this.#client.handleAnswered();
  }

  pause(): void {}

  resume(): void {}

  checkWorkload(): void {}

  /** False: the flow has no stream, or its connection is over. */
  #send(bytes: Uint8Array): boolean {
    if (this.#flows?.send(this.#stream, bytes, this.#client.now()) !== true) return false;
    this.#client.account.handleSent(bytes.length);
    this.datagramBytes.sent += bytes.length;
    return true;
  }

  #leave(): void {
    this.#isOver = true;
    this.#flows?.remove(this.#stream);
    this.#waiting.drop();
  }
}
