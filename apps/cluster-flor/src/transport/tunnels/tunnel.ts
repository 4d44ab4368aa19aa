import assert from "node:assert";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import type { Listener } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { Trunk } from "./trunk.ts";

/** A local listener whose connections go to one service. */
export class Tunnel {
  readonly config: TunnelConfig;
  readonly account: StreamAccount;
  /** Undefined for a tunnel of streams. */
  readonly flowAccount: FlowAccount | undefined;
  readonly #trunk: Trunk;
  #listener: Listener | undefined;

  constructor(config: TunnelConfig, trunk: Trunk, { streams, flows }: EndAccounts) {
    this.config = config;
    this.#trunk = trunk;
    this.account = streams;
    this.flowAccount = flows;
  }

  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(): Promise<Listener> {
    const { listen: address } = this.config;
    const { clients } = this.#trunk;
    if (address.kind !== "udp") return clients.listen(this.config, address, this.account);
    assert(this.flowAccount !== undefined, "its flows are counted");
    return clients.listenDatagrams(this.config, address, { streams: this.account, flows: this.flowAccount });
  }

  handleListening(listener: Listener): void {
    this.#listener = listener;
  }

  /** Undefined while it does not listen; 0 for a unix socket. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  /** Principal that it lends, as `<kind>/<name>`. */
  get as(): string {
    return this.#trunk.options.as;
  }

  /** Why workloads are turned away though it listens, for people; "" when they are not. */
  get problem(): string {
    return this.#trunk.problem;
  }
}
