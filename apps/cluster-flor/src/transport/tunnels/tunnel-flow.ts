import type { ClientAddress } from "../datagrams/datagram-network.ts";
import type { ConnectionFlows, FlowEnd } from "../datagrams/connection-flows.ts";
import type { DatagramDrops, FlowAccount } from "../datagrams/flow-account.ts";
import type { TableFlow } from "../datagrams/flow-table.ts";
import { WaitingDatagrams } from "../datagrams/waiting-datagrams.ts";
import { Code } from "../codes.ts";
import type { LocalSocket, LocalSocketOwner } from "../streams/local-network.ts";

/** The tunnel that a flow is of. */
export interface FlowTunnel {
  readonly account: FlowAccount;
  readonly now: () => number;
  /** Hands a datagram to the client. */
  answer(flow: TunnelFlow, bytes: Uint8Array): void;
  /** Something of the flow has passed. */
  touch(flow: TunnelFlow): void;
  /** The flow is over. `isRefused`: the client's next one would most likely be, too. */
  handleOver(flow: TunnelFlow, isRefused: boolean): void;
}

/**
 * A flow at its originator: the datagrams of one client, and the answers to them. To the flow's stream it is a workload's socket that says nothing
 * but its end.
 *
 *     waiting ──its stream is opened──▶ open ──either end ends it, or a reset──▶ over
 *        └───────────────── refused, or it makes room ───────────────────────────▲
 */
export class TunnelFlow implements LocalSocket, FlowEnd, TableFlow {
  owner: LocalSocketOwner | undefined;
  readonly isFull = false;
  readonly held = 0;
  readonly client: ClientAddress;
  readonly #tunnel: FlowTunnel;
  readonly #waiting: WaitingDatagrams;
  #flows: ConnectionFlows | undefined;
  #stream = 0;
  #isOver = false;

  constructor(tunnel: FlowTunnel, client: ClientAddress) {
    this.#tunnel = tunnel;
    this.client = client;
    this.#waiting = new WaitingDatagrams(tunnel.account.drops);
  }

  get group(): string {
    return this.client.address;
  }

  get drops(): DatagramDrops {
    return this.#tunnel.account.drops;
  }

  /** The client has sent a datagram. */
  handleClientDatagram(bytes: Uint8Array): void {
    if (!this.#send(bytes)) this.#waiting.add(bytes);
  }

  /** The flow has a stream, for the first time or again. */
  handleOpened(flows: ConnectionFlows, stream: number): void {
    this.#flows = flows;
    this.#stream = stream;
    flows.add(stream, this, this.#tunnel.now());
    for (const bytes of this.#waiting.takeAll()) this.#send(bytes);
  }

  handleDatagram(bytes: Uint8Array): void {
    this.#tunnel.touch(this);
    this.#tunnel.account.handleReceived(bytes.length);
    this.#tunnel.answer(this, bytes);
  }

  /** Ends the flow: the peer is told, if it knows of it. */
  close(): void {
    if (this.#isOver) return;
    const isOpen = this.#flows !== undefined;
    this.#leave();
    if (isOpen) this.owner?.handleLocalEnd();
    else this.owner?.handleLocalClose(false);
  }

  // LocalSocket, for the stream:

  /** The peer says more than it may. */
  write(): boolean {
    this.owner?.handleLocalClose(false, Code.malformed);
    return true;
  }

  /** The peer has ended the flow. */
  end(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#tunnel.handleOver(this, false);
    this.owner?.handleLocalEnd();
  }

  reset(code: number): void {
    if (this.#isOver) return;
    this.#leave();
    this.#tunnel.handleOver(this, code !== Code.connectionLost);
  }

  pause(): void {}

  resume(): void {}

  checkWorkload(): void {}

  /** False: the flow has no stream, or its connection is over. */
  #send(bytes: Uint8Array): boolean {
    if (this.#flows?.send(this.#stream, bytes, this.#tunnel.now()) !== true) return false;
    this.#tunnel.account.handleSent(bytes.length);
    return true;
  }

  #leave(): void {
    this.#isOver = true;
    this.#flows?.remove(this.#stream);
    this.#waiting.drop();
  }
}
