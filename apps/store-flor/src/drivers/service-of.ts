import { Gateway } from "./gateway.ts";
import type { Service, ServiceOptions } from "./service.ts";
import { KeepService } from "./keep/keep-service.ts";
import { HolderService } from "./storage/holder-service.ts";
import { Store } from "./store.ts";

/**
 * Makes whatever a process serves, by the mode of its config.
 *
 * @throws OperatorError `ERR_STORE_…`; the system's error where a folder cannot be used
 */
export function serviceOf(options: ServiceOptions): Service {
  const { serves } = options.config;
  if (serves.mode === "storage-gateway") return new Gateway(options, serves);
  if (serves.mode === "keep") return new KeepService(options, serves);
  return serves.mode === "storage" ? new HolderService(options, serves) : new Store(options, serves);
}
