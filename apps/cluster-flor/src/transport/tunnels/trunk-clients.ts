import type { Refusal } from "../codes.ts";
import type { DatagramAddress, StreamAddress } from "@florenetes/config-file";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { OpeningFlowWorkload } from "../own/own-flow.ts";
import type { OpeningWorkload } from "../own/own-stream.ts";
import type { Listener } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/** All that is counted of a tunnel of datagrams. */
export type FlowAccounts = { readonly [Kind in keyof EndAccounts]: NonNullable<EndAccounts[Kind]> };

/** The workloads that come to a trunk: each gets a stream on its connection, and waits while there is none. */
export interface TrunkClients {
  /** Opens the listener of a tunnel that leads here. Rejects with OperatorError when its address cannot be listened on. */
  listen(tunnel: TunnelConfig, address: StreamAddress, account: StreamAccount): Promise<Listener>;
  /** Does so for a tunnel of datagrams. */
  listenDatagrams(tunnel: TunnelConfig, address: DatagramAddress, accounts: FlowAccounts): Promise<Listener>;
  /**
   * Opens a stream whose workload is this process: it waits, is held and offered again, and is refused, as that of a client who has connected to
   * a listener. The workload is called within this call, and hears a refusal by `handleReset`.
   */
  openOwn(account: StreamAccount, workload: OpeningWorkload): void;
  /** Does so for a flow of datagrams. */
  openOwnFlow(accounts: FlowAccounts, workload: OpeningFlowWorkload): void;
  readonly areWaiting: boolean;
  /** Whether one more could not wait, as far as is known here. */
  readonly isFull: boolean;
  /** Only a connection whose peer has said hello is of use to them. */
  readonly areServedLate: boolean;
  /** When the first has waited for long enough; Infinity when nobody waits. */
  nextTimeout(): number;
  handleTimeout(now: number): void;
  /** The trunk's connection is another one now, or there is none. */
  handleCurrent(connection: EndConnection | undefined): void;
  /** They wait, though the trunk has this connection. Whoever knows when one more could not wait lets them in on it then. */
  handleHeld(connection: EndConnection): void;
  /** Refuses those that wait. */
  refuse(code: number, text: string): void;
}

/** The trunk, as its clients need it. */
export interface ClientsOwner {
  /** Why nobody gets anything that is not there already; undefined: somebody may wait. */
  readonly refusal: Refusal | undefined;
  readonly isStopped: boolean;
  /** One has begun to wait. */
  handleWaiting(now: number): void;
  /** One got a stream on the connection, which has had so many. */
  handleOpened(streams: number, now: number): void;
}
