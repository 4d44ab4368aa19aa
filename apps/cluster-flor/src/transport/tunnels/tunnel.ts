import type { ClusterConfig, TunnelConfig } from "../../config/cluster-config.ts";
import type { TunnelStatus } from "../../admin/cluster-status.ts";
import type { Listener, ListenOptions, LocalSocket } from "../local.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { Trunk } from "./trunk.ts";

/** A local listener whose connections go to one service. */
export class Tunnel {
  readonly #config: TunnelConfig;
  readonly #trunk: Trunk;
  readonly #account: StreamAccount;
  #listener: Listener | undefined;

  constructor(config: TunnelConfig, trunk: Trunk, account: StreamAccount) {
    this.#config = config;
    this.#trunk = trunk;
    this.#account = account;
  }

  /** What its listener is to be opened with. */
  listenOptions(now: () => number): ListenOptions {
    const { listen: address, mode, owner } = this.#config;
    const onConnection = (socket: LocalSocket): void => this.#trunk.handleClient(socket, this.#account, now());
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

  status(config: Pick<ClusterConfig, "paths">): TunnelStatus {
    const { name, service, path } = this.#config;
    return {
      listen: name,
      as: this.#trunk.options.as,
      service,
      path: config.paths[path]!.name,
      isListening: this.#listener !== undefined,
      text: this.#trunk.problem,
      connections: this.#account.counts,
    };
  }
}
