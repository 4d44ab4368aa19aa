import type { ClusterConfig, TunnelConfig } from "../config/cluster-config.ts";
import type { TunnelStatus } from "../admin/cluster-status.ts";
import type { Listener, LocalNetwork } from "./local.ts";
import type { StreamAccount } from "./stream-account.ts";
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

  /** @throws OperatorError when the address cannot be listened on */
  async listen(local: LocalNetwork, now: () => number): Promise<void> {
    const { listen: address, mode, owner } = this.#config;
    const onConnection: Parameters<LocalNetwork["listen"]>[0]["onConnection"] = (socket) => {
      this.#trunk.handleClient(socket, this.#account, now());
    };
    this.#listener = await local.listen({ address, mode, owner, onConnection });
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
      text: "",
      connections: this.#account.counts,
    };
  }
}
