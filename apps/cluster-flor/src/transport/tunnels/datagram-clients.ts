import type { ClientAddress, DatagramListener, DatagramReceiver } from "../datagrams/datagram-network.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import { FlowTable } from "../datagrams/flow-table.ts";
import { FLOWS_MAX, REFUSED_PAUSE_MS } from "../datagrams/limits.ts";
import { Fifo } from "../fifo.ts";
import { type FlowTunnel, TunnelFlow } from "./tunnel-flow.ts";

export interface DatagramClientsOptions {
  readonly account: FlowAccount;
  /** Monotonic. */
  readonly now: () => number;
  /** Takes each new flow, and gives it a stream. */
  readonly onFlow: (flow: TunnelFlow) => void;
}

/** A client whose flow was refused. */
interface Refused {
  readonly client: string;
  readonly until: number;
}

/** The clients of one tunnel of datagrams: who sends from a new place begins a flow. */
export class DatagramClients implements FlowTunnel, DatagramReceiver {
  readonly account: FlowAccount;
  readonly now: () => number;
  readonly #onFlow: (flow: TunnelFlow) => void;
  readonly #flows = new Map<string, TunnelFlow>();
  readonly #table = new FlowTable<TunnelFlow>(FLOWS_MAX);
  /** Those that have to wait, in the order in which they came to it. */
  readonly #refused = new Set<string>();
  readonly #pauses = new Fifo<Refused>();
  #listener: DatagramListener | undefined;

  constructor({ account, now, onFlow }: DatagramClientsOptions) {
    this.account = account;
    this.now = now;
    this.#onFlow = onFlow;
  }

  handleListening(listener: DatagramListener): void {
    this.#listener = listener;
  }

  handleClientDatagram(bytes: Uint8Array, from: ClientAddress): void {
    const now = this.now();
    const client = keyOf(from);
    const flow = this.#flows.get(client);
    if (flow !== undefined) {
      this.#table.touch(flow, now);
      return flow.handleClientDatagram(bytes);
    }
    if (this.#isRefused(client, now)) this.account.drops.refused++;
    else this.#begin(client, from, bytes, now);
  }

  /** Nobody is there to hear answers: all flows end. */
  handleClosed(): void {
    this.#listener = undefined;
    for (const flow of this.#flows.values()) {
      this.#forget(flow);
      flow.close();
    }
  }

  // FlowTunnel:

  answer({ client }: TunnelFlow, bytes: Uint8Array): void {
    if (this.#listener?.send(bytes, client) !== true) this.account.drops.target++;
  }

  touch(flow: TunnelFlow): void {
    this.#table.touch(flow, this.now());
  }

  handleOver(flow: TunnelFlow, isRefused: boolean): void {
    this.#forget(flow);
    if (!isRefused) return;
    const client = keyOf(flow.client);
    if (this.#pauses.size >= FLOWS_MAX) this.#refused.delete(this.#pauses.shift()!.client);
    this.#refused.add(client);
    this.#pauses.push({ client, until: this.now() + REFUSED_PAUSE_MS });
  }

  #begin(client: string, from: ClientAddress, bytes: Uint8Array, now: number): void {
    const flow = new TunnelFlow(this, from);
    const surplus = this.#table.add(flow, now);
    if (surplus !== undefined) {
      this.#flows.delete(keyOf(surplus.client));
      this.account.handleEnded("room");
      surplus.close();
    }
    this.#flows.set(client, flow);
    flow.handleClientDatagram(bytes);
    this.#onFlow(flow);
  }

  #isRefused(client: string, now: number): boolean {
    for (let first = this.#pauses.first; first !== undefined && first.until <= now; first = this.#pauses.first) {
      this.#refused.delete(first.client);
      this.#pauses.shift();
    }
    return this.#refused.has(client);
  }

  #forget(flow: TunnelFlow): void {
    this.#table.remove(flow);
    this.#flows.delete(keyOf(flow.client));
  }
}

function keyOf({ address, port }: ClientAddress): string {
  return `${address} ${port}`;
}
