import { programVersion, runService } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { judgeStoreFlor } from "../admin/judge-status.ts";
import { STORE_METRICS } from "../admin/store-metrics.ts";
import { runStoreProgram } from "../admin/store-program.ts";
import { isUnchanged, planChanges } from "../config/config-changes.ts";
import type { StoreConfig } from "../config/store-config.ts";
import { loadStoreConfig, parseStoreConfig } from "../config/store-config-file.ts";
import { checkStoreFlor } from "./check.ts";
import { serviceOf } from "./service-of.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runStoreProgram(version, { run, check: checkStoreFlor });

/** Serves until SIGTERM or SIGINT. On SIGHUP it takes the config file anew. */
function run(config: StoreConfig, file: string): Promise<void> {
  return runService({
    name: "store-flor",
    version,
    instance: newInstance(),
    config,
    file,
    load: loadStoreConfig,
    parse: parseStoreConfig,
    plan: planChanges,
    isUnchanged,
    judge: judgeStoreFlor,
    metrics: STORE_METRICS,
    work: (log) => serviceOf({ config, time, log }),
    stopping: "ends its connections",
    time,
  });
}
