import type { TunnelConfig } from "../../config/cluster-config.ts";
import type { Listener, ListenOptions, LocalSocket } from "../streams/local-network.ts";
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

  /** The options to open the tunnel's listener with. */
  listenOptions(now: () => number): ListenOptions {
    const { listen: address, mode, owner } = this.config;
    const onConnection = (socket: LocalSocket): void => this.#trunk.handleClient(socket, this.account, now());
    return { address, mode, owner, onConnection };
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
