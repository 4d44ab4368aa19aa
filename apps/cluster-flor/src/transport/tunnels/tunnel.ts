import { OperatorError } from "@florenetes/operator-errors";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { Listener } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { Trunk } from "./trunk.ts";

/** A local listener whose connections go to one service. */
export class Tunnel {
  readonly config: TunnelConfig;
  readonly account: StreamAccount;
  readonly #trunk: Trunk;
  #listener: Listener | undefined;

  constructor(config: TunnelConfig, trunk: Trunk, account: StreamAccount) {
    this.config = config;
    this.#trunk = trunk;
    this.account = account;
  }

  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(): Promise<Listener> {
    const { listen: address, name } = this.config;
    if (address.kind !== "udp") return this.#trunk.clients.listen(this.config, address, this.account);
    const message = `${name}: this version does not carry datagrams yet`;
    const advice = "Listen on tcp:// or unix:, or take a version that does.";
    return Promise.reject(
      new OperatorError("ERR_TUNNEL_ADDRESS", message, { where: { key: `tunnels: ${name}` }, advice }),
    );
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
