import assert from "node:assert";
import type { DatagramAddress, StreamAddress } from "@florenetes/config-file";
import { Code, type Refusal } from "../../codes.ts";
import type { EndConnection } from "../../connections/end-connection.ts";
import type { Listener } from "../../streams/local-network.ts";
import type { OpeningFlowWorkload } from "../../own/own-flow.ts";
import type { OpeningWorkload } from "../../own/own-stream.ts";
import type { StreamAccount } from "../../streams/stream-account.ts";
import type {
  ClientTunnel,
  ClientsOwner,
  FlowAccounts,
  TrunkClients,
  WaitingOwn,
} from "../../tunnels/trunk-clients.ts";
import type { LaneAccounts } from "./lane-accounts.ts";
import { LaneConnection } from "./lane-connection.ts";
import type { TransportLane } from "./transport-lane.ts";

export interface LaneClientsOptions {
  readonly lane: TransportLane;
  /** The number of the trunk in the thread. */
  readonly trunk: number;
  readonly accounts: LaneAccounts;
  /** Called when the trunk is over. */
  readonly onClosed: () => void;
}

const stopping: Refusal = { code: Code.stopping, reason: "" };

/** Workloads of a trunk whose sockets the data thread has, or that are this process. */
export class LaneClients implements TrunkClients {
  readonly areServedLate = true;
  readonly #options: LaneClientsOptions;
  readonly #owner: ClientsOwner;
  #areWaiting = false;
  /** Whether the thread has a connection for these workloads, or an order that gives it one. */
  #areServed = false;
  #areUsedUp = false;
  /** The thread's numbers of the connections beside the current one. */
  #beside: readonly number[] = [];
  /** The thread's number of the last connection that these workloads may have. */
  #last: number | undefined;

  constructor(options: LaneClientsOptions, owner: ClientsOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get areWaiting(): boolean {
    return this.#areWaiting;
  }

  get areUsedUp(): boolean {
    return this.#areUsedUp;
  }

  /** Only the thread knows whether there is room. */
  get isFull(): boolean {
    return false;
  }

  listen(tunnel: ClientTunnel, address: StreamAddress): Promise<Listener> {
    const { lane, trunk } = this.#options;
    this.#count(tunnel);
    const { number, config } = tunnel;
    const { mode, owner } = config;
    return lane.listen(number, trunk, { address, mode, owner });
  }

  listenDatagrams(tunnel: ClientTunnel, address: DatagramAddress): Promise<Listener> {
    const { lane, trunk } = this.#options;
    this.#count(tunnel);
    return lane.listenDatagrams(tunnel.number, trunk, address);
  }

  lead(tunnel: ClientTunnel): void {
    this.#count(tunnel);
    this.#options.lane.leadTunnel(tunnel.number, this.#options.trunk);
  }

  openOwn(account: StreamAccount, workload: OpeningWorkload): void {
    const { lane, trunk, accounts } = this.#options;
    if (this.#owner.isStopped) {
      account.handleRefused(Code.stopping, "");
      return lane.streams.refuse(workload, stopping);
    }
    const number = accounts.numberOf({ streams: account, flows: undefined });
    this.#tellWait(number, account);
    lane.streams.open({ trunk, account: number, explain: account.explain }, workload);
  }

  openOwnFlow(counts: FlowAccounts, workload: OpeningFlowWorkload): void {
    const { lane, trunk, accounts } = this.#options;
    if (this.#owner.isStopped) {
      counts.streams.handleRefused(Code.stopping, "");
      return lane.streams.refuseFlow(workload, stopping);
    }
    const number = accounts.numberOf(counts);
    this.#tellWait(number, counts.streams);
    lane.streams.openFlow({ trunk, account: number, explain: counts.streams.explain }, counts.flows.drops, workload);
  }

  /** The workloads stay with the thread until another trunk has them. */
  takeOwn(account: StreamAccount): WaitingOwn {
    const { accounts, trunk } = this.#options;
    return { account: accounts.numberOf({ streams: account, flows: undefined }), trunk };
  }

  addOwn(waiting: WaitingOwn): void {
    assert("trunk" in waiting, "all trunks of a vertex have their workloads in one place");
    this.#options.lane.leadOwn(waiting.account, waiting.trunk, this.#options.trunk);
  }

  /** A connection is of no use to these workloads until the thread has it. */
  handleCurrent(connection: EndConnection | undefined, beside: readonly EndConnection[]): void {
    const carried = connection instanceof LaneConnection ? connection : undefined;
    this.#areServed = carried !== undefined;
    if (connection !== carried) return;
    if (this.#areServed) this.#areWaiting = false;
    this.#areUsedUp = false;
    const { lane, trunk } = this.#options;
    const numbers = beside.filter((it) => it instanceof LaneConnection).map(({ number }) => number);
    if (numbers.length > 0 || this.#beside.length > 0) lane.setBeside(trunk, numbers);
    this.#beside = numbers;
    this.#last = numbers.at(-1) ?? carried?.number;
    lane.setCurrent(trunk, carried?.number);
  }

  /** The thread itself gives room to those who wait for it. */
  handleRoom(): void {}

  handleHeld(connection: EndConnection): void {
    if (!(connection instanceof LaneConnection)) return;
    this.#areServed = false;
    this.#options.lane.hold(this.#options.trunk, connection.number);
  }

  refuse(code: number, text: string): void {
    this.#areWaiting = false;
    this.#options.lane.refuseWaiting(this.#options.trunk, code, text);
  }

  /**
   * Workloads have begun to wait, or no workload waits any more; the thread refuses those that have waited too long.
   * The event is out of date when a connection was handed over since: the thread tells of a connection's end before it tells of
   * workloads that wait for the next one.
   *
   * @param usedUp The last of the trunk's connections, none of which has room for one more stream; undefined: the trunk has none, as far as the
   *   thread knew.
   */
  handleWaiting(areWaiting: boolean, usedUp: number | undefined, now: number): void {
    const areUsedUp = areWaiting && usedUp !== undefined && usedUp === this.#last;
    this.#areWaiting = areWaiting && (areUsedUp || !this.#areServed);
    this.#areUsedUp = areUsedUp;
    if (!areWaiting) return;
    const { isStopped, refusal } = this.#owner;
    if (isStopped) this.refuse(Code.stopping, "");
    else if (refusal !== undefined) this.refuse(refusal.code, refusal.text ?? "");
    else {
      if (!this.#areServed) this.#owner.handleWaiting(now);
      if (areUsedUp) this.#owner.handleUsedUp(now);
    }
  }

  /** A workload has opened a stream. */
  handleUsed(now: number): void {
    this.#owner.handleOpened(0, now);
  }

  /** The connection has had its share of streams, and should get a successor. */
  handleFull(streams: number, now: number): void {
    this.#owner.handleOpened(streams, now);
  }

  handleUnreachable(isUnreachable: boolean): void {
    this.#options.lane.setUnreachable(this.#options.trunk, isUnreachable);
  }

  close(): void {
    this.#options.onClosed();
  }

  handleTimeout(): void {}

  nextTimeout(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Makes the thread count the tunnel's streams and flows, and tells it how long they may wait. */
  #count({ number, account: streams, flowAccount: flows }: ClientTunnel): void {
    this.#options.accounts.setTunnel(number, { streams, flows });
    this.#tellWait(number, streams);
  }

  #tellWait(number: number, { connectWaitMs }: StreamAccount): void {
    const { lane, accounts } = this.#options;
    if (connectWaitMs !== undefined && accounts.noteWait(number, connectWaitMs))
      lane.setConnectWait(number, connectWaitMs);
  }
}
