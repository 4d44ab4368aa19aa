import type { ServiceTarget } from "@florenetes/config-file";
import type { Credentials } from "@florenetes/identity";
import type { ServiceConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import { openAccounts } from "./datagrams/end-accounts.ts";
import type { OwnService } from "./own/own-service.ts";
import { ServiceEnd, type ServiceHost } from "./services/service-end.ts";

export interface ServiceSetOptions {
  readonly host: ServiceHost;
  /** The services that this process has itself, by their targets and names. */
  readonly ownServiceOf: (target: ServiceTarget, service: string) => OwnService | undefined;
  /** Returns the credentials of an identity folder. */
  readonly credentialsOf: (folder: string) => Credentials;
}

/** The services of a transport service, each by its number in the config. */
export class ServiceSet {
  readonly #options: ServiceSetOptions;
  #services: Slots<ServiceEnd> = new SlotMap();

  constructor(options: ServiceSetOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Generator<ServiceEnd, void> {
    return this.#services.values();
  }

  /** Undefined when the service is removed. */
  of(number: number): ServiceEnd | undefined {
    return this.#services.get(number);
  }

  /** Another config is in force. */
  reconfigure(configs: Slots<ServiceConfig>, now: number): void {
    const former = this.#services;
    for (const [number, service] of former) if (!configs.has(number)) service.remove(now);
    const services = new SlotMap<ServiceEnd>();
    for (const [number, config] of configs) {
      const service = former.get(number);
      if (service !== undefined && !isSame(service.config, config)) this.#change(service, config, now);
      services.set(number, service ?? this.#add(number, config));
    }
    this.#services = services;
  }

  /** Refuses new streams from now on. */
  stop(): void {
    for (const service of this) service.stop();
  }

  #add(number: number, config: ServiceConfig): ServiceEnd {
    const { host, ownServiceOf, credentialsOf } = this.#options;
    const { name, target, identity } = config;
    const own = ownServiceOf(target, name);
    const hasFlows = target.kind === "udp" || own?.dialFlow !== undefined;
    const accounts = openAccounts(host.log.limited, { service: name }, hasFlows, "acceptor");
    return new ServiceEnd(host, number, config, credentialsOf(identity), { accounts, own });
  }

  #change(service: ServiceEnd, config: ServiceConfig, now: number): void {
    const { ownServiceOf, credentialsOf } = this.#options;
    const { config: former } = service;
    const isSameTarget = isSame(former.target, config.target);
    service.reconfigure(config, isSameTarget ? service.own : ownServiceOf(config.target, config.name), now);
    if (config.identity !== former.identity) service.handleCredentials(credentialsOf(config.identity));
  }
}
