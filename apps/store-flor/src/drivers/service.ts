import type { Logger, ServiceWork } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RoomsStatus } from "../admin/store-status.ts";
import type { StorePlan } from "../config/config-changes.ts";
import type { StoreConfig } from "../config/store-config.ts";

export interface ServiceOptions {
  readonly config: StoreConfig;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** The part of the status that is not that of each service. */
export type OwnStatus = Pick<RoomsStatus, "node" | "serving" | "store" | "cache" | "storage" | "gateway" | "keep">;

/** A process serves by the mode of its config. */
export type Service = ServiceWork<StorePlan, OwnStatus>;
