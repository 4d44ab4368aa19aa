import { Code } from "../../codes.ts";
import type { ClientAddress, DatagramListener, DatagramReceiver } from "../../datagrams/datagram-network.ts";
import type { FlowAccount } from "../../datagrams/flow-account.ts";
import { FlowTable, type TableFlow } from "../../datagrams/flow-table.ts";
import { DATAGRAM_SIZE_MAX, FLOWS_MAX, REFUSED_PAUSE_MS } from "../../datagrams/limits.ts";
import { Fifo } from "../../fifo.ts";
import { type FlowClient, TunnelFlow } from "./tunnel-flow.ts";

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

/** The clients of one tunnel of datagrams: a datagram from a new address begins a flow. */
export class DatagramClients implements DatagramReceiver {
  readonly account: FlowAccount;
  readonly now: () => number;
  readonly #onFlow: (flow: TunnelFlow) => void;
  readonly #clients = new Map<string, DatagramClient>();
  readonly #table = new FlowTable<DatagramClient>(FLOWS_MAX);
  /** Clients that were refused and have to pause, in the order of `#pauses`. */
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
    if (bytes.length > DATAGRAM_SIZE_MAX) {
      this.account.drops.malformed++;
      return;
    }
    const now = this.now();
    const key = keyOf(from);
    const client = this.#clients.get(key);
    if (client !== undefined) {
      this.#table.touch(client, now);
      return client.flow.handleClientDatagram(bytes);
    }
    if (this.#isRefused(key, now)) this.account.drops.refused++;
    else this.#begin(key, from, bytes, now);
  }

  /** The socket is closed, and no client can be answered: all flows end. */
  handleClosed(): void {
    this.#listener = undefined;
    for (const client of this.#clients.values()) {
      this.#forget(client);
      client.flow.close(Code.done);
    }
  }

  // For the clients:

  answer(client: DatagramClient, bytes: Uint8Array): void {
    this.#table.touch(client, this.now());
    if (this.#listener?.send(bytes, client.address) !== true) this.account.drops.target++;
  }

  /** A client's flow is over, by this code. */
  handleOver(client: DatagramClient, code: number): void {
    this.#forget(client);
    // A new flow would most likely be refused, too.
    if (code === Code.done || code === Code.connectionLost) return;
    const key = keyOf(client.address);
    if (this.#pauses.size >= FLOWS_MAX) this.#refused.delete(this.#pauses.shift()!.client);
    this.#refused.add(key);
    this.#pauses.push({ client: key, until: this.now() + REFUSED_PAUSE_MS });
  }

  #begin(key: string, from: ClientAddress, bytes: Uint8Array, now: number): void {
    const client = new DatagramClient(this, from);
    const surplus = this.#table.add(client, now);
    if (surplus !== undefined) {
      this.#clients.delete(keyOf(surplus.address));
      this.account.handleEnded("room");
      surplus.flow.close(Code.done);
    }
    this.#clients.set(key, client);
    client.flow.handleClientDatagram(bytes);
    this.#onFlow(client.flow);
  }

  #isRefused(client: string, now: number): boolean {
    for (let first = this.#pauses.first; first !== undefined && first.until <= now; first = this.#pauses.first) {
      this.#refused.delete(first.client);
      this.#pauses.shift();
    }
    return this.#refused.has(client);
  }

  #forget(client: DatagramClient): void {
    this.#table.remove(client);
    this.#clients.delete(keyOf(client.address));
  }
}

/** A client's address, and its flow. */
class DatagramClient implements FlowClient, TableFlow {
  readonly address: ClientAddress;
  readonly flow: TunnelFlow;
  readonly account: FlowAccount;
  readonly now: () => number;
  readonly #clients: DatagramClients;

  constructor(clients: DatagramClients, address: ClientAddress) {
    this.#clients = clients;
    this.address = address;
    this.account = clients.account;
    this.now = clients.now;
    this.flow = new TunnelFlow(this);
  }

  get group(): string {
    return this.address.address;
  }

  handleAnswered(): void {
    // Nothing to do: UDP cannot tell a client that.
  }

  handleAnswer(bytes: Uint8Array): void {
    this.#clients.answer(this, bytes);
  }

  handleOver(code: number): void {
    this.#clients.handleOver(this, code);
  }
}

function keyOf({ address, port }: ClientAddress): string {
  return `${address} ${port}`;
}
