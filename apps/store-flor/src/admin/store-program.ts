import { type CheckReport, runVertexProgram } from "@florenetes/process-kit";
import type { StoreConfig } from "../config/store-config.ts";
import { loadStoreConfig } from "../config/store-config-file.ts";
import type { StoreFlorStatus } from "./store-status.ts";
import { renderStoreFlorStatus } from "./render-status.ts";

export interface StoreProgram {
  /** Gets the checked config and the path of its file. */
  readonly run: (config: StoreConfig, file: string) => Promise<void>;
  readonly check: (config: StoreConfig) => Promise<CheckReport>;
}

/** The command line of store-flor. */
export function runStoreProgram(version: string, { run, check }: StoreProgram): void {
  runVertexProgram<StoreConfig>({
    name: "store-flor",
    description:
      "Keeps packages of releases, and hands them to nodes over the mesh; or holds sealed shards of collections",
    version,
    load: loadStoreConfig,
    check,
    run,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-store-*/admin.sock",
    renderStatus: (status) => renderStoreFlorStatus(status as StoreFlorStatus),
  });
}
