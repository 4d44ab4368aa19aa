import { Gateway } from "./gateway.ts";
import type { Service, ServiceOptions } from "./service.ts";
import type { StoreConfig } from "../config/store-config.ts";
import { KeepService } from "./keep/keep-service.ts";
import { ServiceAndKeeper } from "./keep/service-and-keeper.ts";
import { HolderService } from "./storage/holder-service.ts";
import { Store } from "./store.ts";

/**
 * Makes whatever a process serves, by the mode of its config.
 *
 * @throws OperatorError `ERR_STORE_…`; the system's error where a folder cannot be used
 */
export function serviceOf(options: ServiceOptions): Service {
  const { serves, keep } = options.config;
  if (serves === undefined) return new KeepService(options, keep!);
  const served = servedBy(options, serves);
  if (keep === undefined) return served;
  const desk = served instanceof HolderService ? served.desk : undefined;
  return new ServiceAndKeeper(served, new KeepService(options, keep, desk));
}

function servedBy(options: ServiceOptions, serves: NonNullable<StoreConfig["serves"]>): Service {
  if (serves.mode === "storage-gateway") return new Gateway(options, serves);
  return serves.mode === "storage" ? new HolderService(options, serves) : new Store(options, serves);
}
