import { isOperatorError } from "@florenetes/operator-text";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import type { Listener } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { Trunk } from "./trunk.ts";
import type { ClientTunnel, TunnelInlet } from "./trunk-clients.ts";

/**
 * A local listener whose connections go to one service.
 *
 *     down ──listen──▶ listening ──close──▶ closed
 *      ▲ └── it fails ──┘ │                   ▲
 *      └─ tried again ────┴── close ──────────┘
 */
export class Tunnel implements ClientTunnel {
  readonly number: number;
  readonly account: StreamAccount;
  /** Undefined for a tunnel of streams. */
  readonly flowAccount: FlowAccount | undefined;
  inlet: TunnelInlet | undefined;
  #config: TunnelConfig;
  #trunk: Trunk;
  #listener: Listener | undefined;
  /** The trunk whose clients were asked to listen. */
  #listeningFor: Trunk | undefined;
  /** Streams that went over standbys of former trunks, and of the present one before it was the standby that is taken now. */
  #standbyStreams = 0;
  /** All streams of the tunnel when a standby was taken; undefined: none is. */
  #standbySince: number | undefined;
  /** Why the tunnel does not listen, for people; "" where no reason is known. */
  #failure = "";
  #isClosed = false;

  /** @param number Its place in the config. */
  constructor(number: number, config: TunnelConfig, trunk: Trunk, { streams, flows }: EndAccounts) {
    this.number = number;
    this.#config = config;
    this.#trunk = trunk;
    this.account = streams;
    this.flowAccount = flows;
    streams.connectWaitMs = config.connectWaitMs;
    streams.route = () => this.#taker.options;
    streams.whyUnanswered = () => this.#taker.absence.handleTurnedAway();
  }

  get config(): TunnelConfig {
    return this.#config;
  }

  get trunk(): Trunk {
    return this.#trunk;
  }

  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(): Promise<Listener> {
    const { listen: address } = this.config;
    const trunk = this.#taker;
    const { clients } = trunk;
    this.#listeningFor = trunk;
    return address.kind === "udp" ? clients.listenDatagrams(this, address) : clients.listen(this, address);
  }

  handleListening(listener: Listener): void {
    if (this.#isClosed) return listener.close();
    this.#listener = listener;
    this.#failure = "";
    if (this.#listeningFor !== this.#taker) this.#taker.clients.lead(this);
  }

  handleListenFailed(error: Error): void {
    const { message } = error;
    this.#failure = isOperatorError(error) ? `${error.code}: ${message}` : message;
  }

  /** New connections go over that trunk from now on; the listener stays, and so do open streams where they are. */
  lead(config: TunnelConfig, trunk: Trunk): void {
    const isSame = trunk === this.#trunk && config.connectWaitMs === this.#config.connectWaitMs;
    this.#config = config;
    this.account.connectWaitMs = config.connectWaitMs;
    if (isSame) return;
    this.#trunk = trunk;
    this.handleTurned();
  }

  /** New connections go over the trunk's standby from now on, or over the trunk itself again. */
  handleTurned(): void {
    const { total } = this.account.counts;
    this.#standbyStreams = this.standbyStreams;
    this.#standbySince = this.#trunk.standby === undefined ? undefined : total;
    if (this.#listeningFor !== undefined) this.#taker.clients.lead(this);
  }

  /** Counts the streams that went to a standby host as the host in use was silent. */
  get standbyStreams(): number {
    const since = this.#standbySince;
    return this.#standbyStreams + (since === undefined ? 0 : this.account.counts.total - since);
  }

  /** Why new workloads do not reach the service; "" where they do, as far as is known. */
  get unreached(): string {
    return this.#taker.absence.text;
  }

  /** The trunk that new connections go over. */
  get #taker(): Trunk {
    return this.#trunk.standby ?? this.#trunk;
  }

  /** The port that it listens on. Undefined while it does not listen; 0 for a unix socket. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  close(): void {
    this.#isClosed = true;
    this.#listener?.close();
    this.#listener = undefined;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  /** Whether the tunnel should listen, and does not. */
  get isDown(): boolean {
    return !this.#isClosed && !this.isListening;
  }

  /** Principal that the tunnel lends, as `<kind>/<name>`. */
  get as(): string {
    return this.#trunk.options.as;
  }

  /** Why the tunnel does not listen, or turns workloads away, for people; "" when it does neither. */
  get problem(): string {
    return this.#failure === "" ? this.#trunk.problem : this.#failure;
  }
}
