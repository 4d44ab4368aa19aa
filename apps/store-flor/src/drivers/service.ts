import type { Logger, ReloadRefusal } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RoomsStatus } from "../admin/store-status.ts";
import type { StoreConfig } from "../config/store-config.ts";

export interface ServiceOptions {
  readonly config: StoreConfig;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** A process serves by the mode of its config. */
export interface Service extends AsyncDisposable {
  /** @throws OperatorError `ERR_SOCKET_…` */
  start(): Promise<void>;
  /** Takes a config of the same mode that takes no restart. */
  handleConfig(next: StoreConfig): void;
  status(): Pick<RoomsStatus, "serving" | "store" | "cache" | "storage" | "gateway">;
  /** Reads files again that its config names, at a reload. Undefined: there are none. */
  reread?(): readonly ReloadRefusal[];
  /** For people who look at the service. */
  statusLine(): string;
}
