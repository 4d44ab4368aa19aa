/** Facts that a node knows of itself, and tells its coordinators: how loaded it is, on which device it runs, and whether others see it at an address of its own. Pure. */
import type { DeviceProfile, InstalledBody, ProfileBody, ReportBody } from "@florenetes/facts";
import { type PhoneGate, PhoneWatch, shutDeviceGates, type ShutGate } from "@florenetes/routes";
import type { Moment } from "../moment.ts";
import { UNKNOWN_DEVICE } from "../device/device-facts.ts";
import { contractsOf } from "../program-profile.ts";
import type { NodeFacts, NodeLoad } from "./report.ts";

export interface OwnFactsOptions {
  readonly software: ProfileBody["software"];
  /** Points of cost for what is carried for others; default: 0. */
  readonly price?: number;
  /** Whether each byte that the node carries is paid for; default: not. */
  readonly metered?: boolean;
}

export class OwnFacts {
  /** Zeros stand for the load while nothing is known of the machine. */
  load: NodeLoad = { cpu: 0, memory: 0, sockets: 0 };
  nat: ReportBody["nat"] = "unknown";
  /** The node's vertex knows shares. */
  knowsShares = false;
  /** The node's word about its software; undefined: it follows no channel. */
  installed: InstalledBody | undefined;
  readonly #options: OwnFactsOptions;
  readonly #watch = new PhoneWatch();
  /** Nothing good is known before a source has told of the device, and of who pays the owner knows. */
  #device: DeviceProfile = { ...UNKNOWN_DEVICE, metered: false };

  constructor(options: OwnFactsOptions) {
    this.#options = options;
  }

  /** Takes the device as it is now, and returns whether that is another one. */
  handleDevice(device: DeviceProfile): boolean {
    const isOther = JSON.stringify(device) !== JSON.stringify(this.#device);
    this.#device = device;
    return isOther;
  }

  /** Takes what the node says of its software now, and returns whether that is something else. */
  handleInstalled(installed: InstalledBody | undefined): boolean {
    const isOther = JSON.stringify(installed) !== JSON.stringify(this.installed);
    this.installed = installed;
    return isOther;
  }

  /** The device is metered where its source or its owner says so. */
  get profile(): ProfileBody {
    const { software, metered } = this.#options;
    const device = { ...this.#device, metered: this.#device.metered || metered === true };
    return { device, software, contracts: contractsOf(this.knowsShares) };
  }

  /** The gates that the device shuts where it is a phone: with one of them it offers to carry nothing for others. Asked each minute or more often. */
  shutGates({ now }: Moment): readonly ShutGate<PhoneGate>[] {
    const { device } = this.profile;
    this.#watch.look(device, now);
    return shutDeviceGates(device, this.#watch.at(now));
  }

  /** A charge counts in a report while nothing feeds the device. */
  get reported(): NodeFacts {
    const { battery, charging, metered } = this.profile.device;
    return { price: this.#options.price ?? 0, metered, battery: charging ? undefined : battery, nat: this.nat };
  }
}
