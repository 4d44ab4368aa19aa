import type { ServiceTarget } from "@florenetes/config-file";
import type { Credentials } from "@florenetes/identity";
import type { ServiceConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import { entriesOf, itemsOf, type Slots } from "../config/running-config.ts";
import { openAccounts } from "./datagrams/end-accounts.ts";
import type { LaneEnds } from "./lane/lane-ends.ts";
import type { OwnService } from "./own/own-service.ts";
import { ServiceEnd, type ServiceHost } from "./services/service-end.ts";

export interface ServiceSetOptions {
  readonly host: ServiceHost;
  readonly lane: LaneEnds | undefined;
  /** The services that this process has itself, by their targets and names. */
  readonly ownServiceOf: (target: ServiceTarget, service: string) => OwnService | undefined;
  /** Reads what an identity folder has. */
  readonly credentialsOf: (folder: string) => Credentials;
}

/** The services of a transport service, each at its place in the config, which it keeps. */
export class ServiceSet {
  readonly #options: ServiceSetOptions;
  #services: Slots<ServiceEnd> = [];

  constructor(options: ServiceSetOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Generator<ServiceEnd, void> {
    return itemsOf(this.#services);
  }

  /** Makes their counts as new as can be. */
  refreshCounts(): void {
    this.#options.lane?.update();
  }

  /** Undefined: it is not there any more. */
  of(index: number): ServiceEnd | undefined {
    return this.#services[index];
  }

  /** Another config holds. */
  reconfigure(configs: Slots<ServiceConfig>, now: number): void {
    const former = this.#services;
    for (const [index, service] of entriesOf(former)) if (configs[index] === undefined) this.#remove(service, now);
    this.#services = configs.map((config, index) => {
      const service = former[index];
      if (config === undefined) return undefined;
      if (service === undefined) return this.#add(index, config);
      if (!isSame(service.config, config)) this.#change(service, config, now);
      return service;
    });
  }

  /** Refuses new streams from now on. */
  stop(): void {
    for (const service of this) {
      service.stop();
      this.#options.lane?.tellService(service);
    }
  }

  #add(index: number, config: ServiceConfig): ServiceEnd {
    const { host, lane, ownServiceOf, credentialsOf } = this.#options;
    const { name, target, identity } = config;
    const own = ownServiceOf(target, name);
    const hasFlows = target.kind === "udp" || own?.dialFlow !== undefined;
    const accounts = openAccounts(host.log.limited, { service: name }, hasFlows, "acceptor");
    const service = new ServiceEnd(host, index, config, credentialsOf(identity), { accounts, own });
    lane?.tellService(service);
    return service;
  }

  #change(service: ServiceEnd, config: ServiceConfig, now: number): void {
    const { lane, ownServiceOf, credentialsOf } = this.#options;
    const { config: former } = service;
    const isSameTarget = isSame(former.target, config.target);
    service.reconfigure(config, isSameTarget ? service.own : ownServiceOf(config.target, config.name), now);
    if (config.identity !== former.identity) service.handleCredentials(credentialsOf(config.identity));
    lane?.tellService(service);
  }

  #remove(service: ServiceEnd, now: number): void {
    const { lane } = this.#options;
    service.remove(now);
    lane?.tellService(service);
    lane?.forgetService(service);
  }
}
