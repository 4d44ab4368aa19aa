import type { Refusal } from "../codes.ts";
import type { DatagramAddress, StreamAddress } from "@florenetes/config-file";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { OpeningFlowWorkload } from "../own/own-flow.ts";
import type { OpeningWorkload } from "../own/own-stream.ts";
import type { Listener, LocalSocket } from "../streams/local-network.ts";
import type { Offer } from "../streams/offer.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/** A tunnel, as the clients of its trunk know it. */
export interface ClientTunnel {
  /** The tunnel's number in the config, by which the data thread knows it. */
  readonly number: number;
  readonly config: TunnelConfig;
  readonly account: StreamAccount;
  /** Undefined for a tunnel of streams. */
  readonly flowAccount: FlowAccount | undefined;
  /** The trunk's inlet, for workloads of the tunnel whose sockets this thread has. */
  inlet: TunnelInlet | undefined;
}

/** The workloads of a trunk whose sockets this thread has. */
export interface TunnelInlet {
  /** A workload has connected to the tunnel. */
  handleClient(socket: LocalSocket, tunnel: ClientTunnel): void;
  /** A workload is to get another stream, since the peer cannot have seen the one that it had. */
  handleOfferedAgain(offer: Offer): void;
  /** Takes away the workloads of the tunnel that wait here. */
  takeWaiting(tunnel: ClientTunnel): Offer[];
}

/** All that is counted of a tunnel of datagrams. */
export type FlowAccounts = { readonly [Kind in keyof EndAccounts]: NonNullable<EndAccounts[Kind]> };

/** Workloads that are this process, and wait: their offers, or the numbers by which the data thread knows their account and trunk. */
export type WaitingOwn = readonly Offer[] | { readonly account: number; readonly trunk: number };

/** The workloads that come to a trunk: each gets a stream on its connection, and waits while there is none. */
export interface TrunkClients {
  /** Opens the listener of a tunnel that leads here. Rejects with OperatorError when its address cannot be listened on. */
  listen(tunnel: ClientTunnel, address: StreamAddress): Promise<Listener>;
  /** Listens for a tunnel of datagrams, and rejects in the same way. */
  listenDatagrams(tunnel: ClientTunnel, address: DatagramAddress): Promise<Listener>;
  /** New clients of a tunnel, and those that wait elsewhere, come here from now on. The tunnel may have led here before. */
  lead(tunnel: ClientTunnel): void;
  /**
   * Opens a stream whose workload is this process. It waits, is held, is offered again and is refused like the stream of a client that has
   * connected to a listener. The workload is called within this call, and hears a refusal by `handleReset`.
   */
  openOwn(account: StreamAccount, workload: OpeningWorkload): void;
  /** Opens a flow of datagrams in the same way. */
  openOwnFlow(accounts: FlowAccounts, workload: OpeningFlowWorkload): void;
  /** Takes away the workloads of an account that wait here, and that are this process, for the clients of another trunk. */
  takeOwn(account: StreamAccount): WaitingOwn;
  /** Workloads that have waited elsewhere come here, with the ends of their waits. */
  addOwn(waiting: WaitingOwn): void;
  readonly areWaiting: boolean;
  /** Whether workloads wait although there is a connection, as none has room for one more stream, as far as is known here. */
  readonly areUsedUp: boolean;
  /** Whether there is no room for one more to wait, as far as is known here. */
  readonly isFull: boolean;
  /** Only a connection whose peer has said hello is of use to these workloads. */
  readonly areServedLate: boolean;
  /** When the first workload has waited for long enough; Infinity when none waits. */
  nextTimeout(): number;
  handleTimeout(now: number): void;
  /**
   * The trunk's connections are others now, or there is none. A stream is opened on the first that has room for it: the current one, then
   * those beside it.
   */
  handleCurrent(connection: EndConnection | undefined, beside: readonly EndConnection[]): void;
  /** A connection of this thread has room for streams again, after it had none. */
  handleRoom(): void;
  /** Workloads wait although the trunk has this connection. They are let in when there is no room for one more to wait. */
  handleHeld(connection: EndConnection): void;
  /** Says whether attempts fail, while there is no connection: then workloads that are not to wait are turned away. */
  handleUnreachable(isUnreachable: boolean): void;
  /** Refuses workloads that wait. */
  refuse(code: number, text: string): void;
  /** The trunk has stopped, and its last connection is gone. */
  close(): void;
}

/** The trunk, as its clients need it. */
export interface ClientsOwner {
  /** Why new workloads are refused; undefined: they may wait. */
  readonly refusal: Refusal | undefined;
  readonly isStopped: boolean;
  /** A workload has begun to wait. */
  handleWaiting(now: number): void;
  /** No connection has room for one more stream. Workloads have begun to wait for room, or still do so after `handleCurrent`. */
  handleUsedUp(now: number): void;
  /** A workload got a stream on the connection, which has had so many. */
  handleOpened(streams: number, now: number): void;
}
