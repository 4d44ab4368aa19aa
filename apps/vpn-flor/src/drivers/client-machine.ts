import { SerialQueue } from "@florenetes/process-kit";
import type { Assignment } from "../client/assignment.ts";
import { MTU_MIN } from "../client/limits.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import { type ClientPlan, clientPlan, type ClientPlanOptions, VPN_PROTOCOL } from "../machine/client-plan.ts";
import { type DeviceAddress, deviceAddresses, type Ipv6State, upCommand } from "../machine/command.ts";
import { clientFindings, type MachineFacts, type MachineFinding } from "../machine/machine-look.ts";
import { addressesOf } from "../packets/addresses.ts";
import { formatNetwork } from "../packets/networks.ts";
import { Machine } from "./machine.ts";

/** The changes that a client makes on its machine. */
export class ClientMachine {
  readonly #config: UpConfig;
  readonly #machine: Pick<Machine, "look" | "apply" | "clear">;
  #mtu = MTU_MIN;
  /** Runs one change after the other: two at once would mix their commands. */
  readonly #changes = new SerialQueue();
  /** The addresses that the device has, as text; empty while it is not certain which these are. */
  #addresses = "";
  #ipv6: Ipv6State = "on";

  readonly #onDnsFault: (error: Error) => void;
  #dnsFault: string | undefined;
  #isTellingDns = false;

  /**
   * @param onDnsFault is told why systemd-resolved has not taken the resolvers: the session is up all the same
   * @param machine runs the commands
   */
  constructor(
    config: UpConfig,
    onDnsFault: (error: Error) => void = () => {},
    machine: Pick<Machine, "look" | "apply" | "clear"> = new Machine(),
  ) {
    this.#config = config;
    this.#onDnsFault = onDnsFault;
    this.#machine = machine;
  }

  /** Why systemd-resolved has not taken the resolvers; undefined: it has, or there are none. */
  get dnsFault(): string | undefined {
    return this.#dnsFault;
  }

  /** @throws OperatorError `ERR_VPN_COMMAND` */
  look(): Promise<MachineFacts> {
    return this.#machine.look(this.#config.table, this.#config.dns.length > 0);
  }

  /** Finds what stands in the way. */
  find(facts: MachineFacts): MachineFinding[] {
    return clientFindings(facts, this.#optionsFor(facts.ipv6, []));
  }

  /** The plan for a machine, without the addresses, which the egress gives. */
  planFor(facts: MachineFacts): ClientPlan {
    return clientPlan(this.#optionsFor(facts.ipv6, []));
  }

  /**
   * Leads packets to the device, which has no address yet, or keeps them shut, and removes what former processes have left.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async begin(): Promise<void> {
    const facts = await this.#machine.look(this.#config.table);
    this.#ipv6 = facts.ipv6;
    const plan = this.planFor(facts);
    await this.#machine.apply(plan.hold);
    await this.#machine.clear(this.#config.killSwitch ? plan : { ...plan, rules: [], routes: [] });
  }

  /**
   * Gives the device its addresses. The same ones again change nothing, so that sockets that are bound to them stay; but resolvers that were not taken
   * are told again, as systemd-resolved may be there by now.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  setAddresses(assignment: Assignment): Promise<void> {
    return this.#changes.run(() => this.#setAddresses(assignment));
  }

  /** @throws OperatorError `ERR_VPN_COMMAND` */
  setMtu(mtu: number): Promise<void> {
    this.#mtu = mtu;
    return this.#changes.run(() => this.#machine.apply([upCommand(this.#config.device, this.#mtu)]));
  }

  async #setAddresses(assignment: Assignment): Promise<void> {
    const addresses = deviceAddresses(addressesOf(assignment));
    const text = JSON.stringify(addresses);
    const plan = clientPlan(this.#optionsFor(this.#ipv6, addresses));
    if (text === this.#addresses) {
      if (this.#dnsFault !== undefined) this.#tellDns(plan);
      return;
    }
    this.#addresses = "";
    await this.#machine.apply(plan.up);
    await this.#machine.clear(plan);
    this.#addresses = text;
    this.#tellDns(plan);
  }

  /** No change of the device waits for systemd-resolved, which may take its time. It is told the same each time: once is enough while it is being told. */
  #tellDns(plan: ClientPlan): void {
    if (this.#isTellingDns) return;
    this.#isTellingDns = true;
    void this.#setDns(plan).finally(() => (this.#isTellingDns = false));
  }

  /** A machine without systemd-resolved has its session all the same, and its names as before. */
  async #setDns({ dns }: ClientPlan): Promise<void> {
    try {
      await this.#machine.apply(dns);
      this.#dnsFault = undefined;
    } catch (error) {
      this.#dnsFault = (error as Error).message;
      this.#onDnsFault(error as Error);
    }
  }

  /**
   * Removes all that a process of this config has left, whatever it was.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async clear(): Promise<void> {
    const facts = await this.#machine.look(this.#config.table);
    await this.#machine.clear({ ...this.planFor(facts), rules: [], routes: [] });
  }

  #optionsFor(ipv6: Ipv6State, addresses: readonly DeviceAddress[]): ClientPlanOptions {
    const { device, table, priority, meshUser, networks, exclude, killSwitch, dns, dnsDomains } = this.#config;
    return {
      device,
      mtu: this.#mtu,
      addresses,
      table,
      priority,
      protocol: VPN_PROTOCOL,
      meshUser,
      include: networks.every(({ prefix }) => prefix === 0) ? "all" : networks.map(formatNetwork),
      exclude: exclude.map(formatNetwork),
      killSwitch,
      ipv6,
      dns,
      dnsDomains,
    };
  }
}
