import type { EgressConfig } from "../config/vpn-config.ts";
import { AddressPool } from "../egress/address-pool.ts";
import { DEVICE_MTU } from "../egress/limits.ts";
import { VPN_PROTOCOL } from "../machine/client-plan.ts";
import { deviceAddresses } from "../machine/command.ts";
import { type EgressPlan, egressPlan, type EgressPlanOptions } from "../machine/egress-plan.ts";
import { askRefused, readRefused } from "../machine/egress-ruleset.ts";
import { egressFindings, type MachineFacts, type MachineFinding } from "../machine/machine-look.ts";
import { addressesOf } from "../packets/addresses.ts";
import { formatNetwork } from "../packets/networks.ts";
import { Machine } from "./machine.ts";

/** The changes that an egress makes on its machine. */
export class EgressMachine {
  readonly #options: EgressPlanOptions;
  readonly #plan: EgressPlan;
  readonly #clients: number;
  readonly #machine = new Machine();

  constructor({ pool, device, addresses, nat, connections, clients }: EgressConfig) {
    this.#options = {
      // A dot would stand between a table and its family.
      name: pool.replaceAll(".", "_"),
      device,
      mtu: DEVICE_MTU,
      addresses: deviceAddresses(addressesOf(new AddressPool(pool, addresses).own)),
      pools: addresses.map(formatNetwork),
      protocol: VPN_PROTOCOL,
      nat,
      connections,
    };
    this.#plan = egressPlan(this.#options);
    this.#clients = clients;
  }

  /** @throws OperatorError `ERR_VPN_COMMAND` */
  look(): Promise<MachineFacts> {
    return this.#machine.look("main");
  }

  /** Finds what stands in the way. */
  find(facts: MachineFacts): MachineFinding[] {
    return egressFindings(facts, this.#options, this.#clients);
  }

  planFor(): EgressPlan {
    return this.#plan;
  }

  /**
   * Makes the machine the way out for clients, and removes what former processes have left.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async begin(): Promise<void> {
    await this.#machine.apply(this.#plan.up);
    await this.#machine.clear(this.#plan);
  }

  /** The connections of clients that the kernel has refused since `begin`; undefined: they are not counted, or their counter cannot be read. */
  async refusedConnections(): Promise<number | undefined> {
    const { name, connections } = this.#options;
    if (connections === undefined) return undefined;
    try {
      return readRefused(await this.#machine.ask(askRefused(name)));
    } catch {
      return undefined;
    }
  }

  /**
   * Removes all that a process of this config has left, whatever it was.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async clear(): Promise<void> {
    await this.#machine.apply(this.#plan.down);
    await this.#machine.clear({ ...this.#plan, routes: [] });
  }
}
