import type { DatagramAddress, StreamAddress } from "@florenetes/config-file";
import { TrafficClass } from "@florenetes/forwarding";
import type { PressureLevel } from "@florenetes/process-kit";
import type { EndConnection } from "../connections/end-connection.ts";
import { PRESSURE_HOLDS_MS } from "../limits.ts";
import type { OpeningFlowWorkload } from "../own/own-flow.ts";
import type { OpeningWorkload } from "../own/own-stream.ts";
import type { Listener } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { ClientTunnel, FlowAccounts, TrunkClients, WaitingOwn } from "./trunk-clients.ts";

/** Workloads of class bulk are the first that a loaded far end is spared. */
export function heldWhereBulk(clients: TrunkClients, trafficClass: TrafficClass): TrunkClients {
  return trafficClass === TrafficClass.bulk ? new HeldClients(clients) : clients;
}

/**
 * Workloads that can wait: while the far end says that it is loaded, new ones are held for a moment, and then get their streams
 * together. Meanwhile the inner `TrunkClients` behave as if there were no connection.
 *
 *     nominal: a stream at once          warning, critical: the first that waits ──its hold──▶ streams for all that wait
 *
 * Holding refuses no workload: if there is no room for one more to wait, or a refusal is due, those that wait get their streams instead.
 */
export class HeldClients implements TrunkClients {
  readonly #clients: TrunkClients;
  /** The connection that streams are opened on. */
  #connection: EndConnection | undefined;
  #beside: readonly EndConnection[] = [];
  /** When waiting workloads are let in; Infinity: none is known to wait. */
  #until = Number.POSITIVE_INFINITY;

  constructor(clients: TrunkClients) {
    this.#clients = clients;
  }

  get areWaiting(): boolean {
    return this.#clients.areWaiting;
  }

  get areUsedUp(): boolean {
    return this.#clients.areUsedUp;
  }

  get areServedLate(): boolean {
    return this.#clients.areServedLate;
  }

  get isFull(): boolean {
    return this.#clients.isFull;
  }

  listen(tunnel: ClientTunnel, address: StreamAddress): Promise<Listener> {
    return this.#clients.listen(tunnel, address);
  }

  listenDatagrams(tunnel: ClientTunnel, address: DatagramAddress): Promise<Listener> {
    return this.#clients.listenDatagrams(tunnel, address);
  }

  lead(tunnel: ClientTunnel): void {
    this.#clients.lead(tunnel);
  }

  openOwn(account: StreamAccount, workload: OpeningWorkload): void {
    this.#clients.openOwn(account, workload);
  }

  openOwnFlow(accounts: FlowAccounts, workload: OpeningFlowWorkload): void {
    this.#clients.openOwnFlow(accounts, workload);
  }

  takeOwn(account: StreamAccount): WaitingOwn {
    return this.#clients.takeOwn(account);
  }

  addOwn(waiting: WaitingOwn): void {
    this.#clients.addOwn(waiting);
  }

  /** Call this as well when the connection's peer has said how loaded it is, and `handleTimeout` after it. */
  handleCurrent(connection: EndConnection | undefined, beside: readonly EndConnection[]): void {
    const isSame = connection === this.#connection && beside === this.#beside;
    this.#connection = connection;
    this.#beside = beside;
    this.#until = Number.POSITIVE_INFINITY;
    if (connection === undefined || this.#holdMs === 0) this.#clients.handleCurrent(connection, beside);
    // Workloads that wait for room have been held before.
    else if (this.areUsedUp && !isSame) this.#letIn();
    else this.#clients.handleHeld(connection);
  }

  handleRoom(): void {
    this.#clients.handleRoom();
  }

  handleHeld(connection: EndConnection): void {
    this.#clients.handleHeld(connection);
  }

  handleUnreachable(isUnreachable: boolean): void {
    this.#clients.handleUnreachable(isUnreachable);
  }

  refuse(code: number, text: string): void {
    if (this.#holdMs > 0) this.#letIn();
    if (this.#holdMs === 0 || this.areUsedUp) this.#clients.refuse(code, text);
  }

  handleTimeout(now: number): void {
    if (this.#holdMs > 0) this.#hold(now);
    this.#clients.handleTimeout(now);
  }

  nextTimeout(): number {
    return Math.min(this.#until, this.#clients.nextTimeout());
  }

  close(): void {
    this.#clients.close();
  }

  get #holdMs(): number {
    const level: PressureLevel = this.#connection?.peerPressure?.level ?? "nominal";
    return PRESSURE_HOLDS_MS[level];
  }

  #hold(now: number): void {
    // Workloads that wait for room get it as soon as there is some.
    if (!this.areWaiting || this.areUsedUp) this.#until = Number.POSITIVE_INFINITY;
    else if (this.#clients.isFull || now >= this.#until) this.#letIn();
    else this.#until = Math.min(this.#until, now + this.#holdMs);
  }

  #letIn(): void {
    const connection = this.#connection;
    this.#until = Number.POSITIVE_INFINITY;
    this.#clients.handleCurrent(connection, this.#beside);
    // Letting the first workload in may have ended the connection.
    if (connection !== undefined && this.#connection === connection) this.#clients.handleHeld(connection);
  }
}
