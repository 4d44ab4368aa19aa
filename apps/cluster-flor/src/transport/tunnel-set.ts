import type { RateLimitedLog } from "@florenetes/process-kit";
import type { TunnelConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import { openAccounts } from "./datagrams/end-accounts.ts";
import type { TransportPlane } from "./data-plane/transport-plane.ts";
import type { Trunks } from "./trunks.ts";
import type { Trunk } from "./tunnels/trunk.ts";
import { Tunnel } from "./tunnels/tunnel.ts";

export interface TunnelSetOptions {
  readonly trunks: Trunks;
  readonly plane: Pick<TransportPlane, "forgetAccounts" | "refreshCounts">;
  readonly log: RateLimitedLog;
}

/** The tunnels of a transport service, each by its number in the config. */
export class TunnelSet {
  readonly #options: TunnelSetOptions;
  #tunnels: Slots<Tunnel> = new SlotMap();

  constructor(options: TunnelSetOptions) {
    this.#options = options;
    options.trunks.onTurned((trunk) => this.#handleTurned(trunk));
  }

  [Symbol.iterator](): Generator<Tunnel, void> {
    return this.#tunnels.values();
  }

  /**
   * Another config is in force. Listeners of removed tunnels are closed first, as another tunnel may have their
   * address. A trunk that one tunnel leaves and another joins goes on.
   *
   * @returns The tunnels that are to be listened on.
   */
  reconfigure(configs: Slots<TunnelConfig>): Tunnel[] {
    // Tunnels that are led elsewhere stop counting what went to a standby.
    this.#options.plane.refreshCounts();
    const former = this.#tunnels;
    const leaving: (() => void)[] = [];
    for (const [number, tunnel] of former) {
      if (configs.has(number)) continue;
      tunnel.close();
      leaving.push(() => this.#remove(tunnel));
    }
    const tunnels = new SlotMap<Tunnel>();
    for (const [number, config] of configs) {
      const tunnel = former.get(number);
      if (tunnel !== undefined && !isSame(tunnel.config, config)) leaving.push(this.#change(tunnel, config));
      tunnels.set(number, tunnel ?? this.#add(number, config));
    }
    this.#tunnels = tunnels;
    for (const leave of leaving) leave();
    return [...this].filter((tunnel) => tunnel.isDown);
  }

  /** New streams of the trunk go elsewhere. Those that the data thread has counted until then did not go there. */
  #handleTurned(trunk: Trunk): void {
    this.#options.plane.refreshCounts();
    for (const tunnel of this) if (tunnel.trunk === trunk) tunnel.handleTurned();
  }

  #add(number: number, config: TunnelConfig): Tunnel {
    const { trunks, log } = this.#options;
    const { name, service, listen } = config;
    const accounts = openAccounts(log, { tunnel: name, service }, listen.kind === "udp", "originator");
    return new Tunnel(number, config, trunks.join(config, accounts.flows?.drops), accounts);
  }

  /** Returns a function that leaves the tunnel's former trunk. */
  #change(tunnel: Tunnel, config: TunnelConfig): () => void {
    const { trunks } = this.#options;
    const { trunk, config: former } = tunnel;
    tunnel.lead(config, trunks.join(config, tunnel.flowAccount?.drops));
    return () => trunks.leave(trunk, former);
  }

  #remove(tunnel: Tunnel): void {
    const { trunk, config, account: streams, flowAccount: flows } = tunnel;
    this.#options.trunks.leave(trunk, config);
    this.#options.plane.forgetAccounts({ streams, flows });
  }
}
