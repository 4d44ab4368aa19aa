import { programVersion, runService } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { CONTROL_METRICS } from "../admin/control-metrics.ts";
import { runControlProgram } from "../admin/control-program.ts";
import { judgeControlFlor } from "../admin/judge-status.ts";
import { isUnchanged, planChanges } from "../config/config-changes.ts";
import type { ControlConfig } from "../config/control-config.ts";
import { loadControlConfig, parseControlConfig } from "../config/control-config-file.ts";
import { checkControlFlor } from "./check.ts";
import { Replica } from "./replica.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runControlProgram(version, { run, check: checkControlFlor });

/** Answers until SIGTERM or SIGINT. On SIGHUP it takes the config file anew. */
function run(config: ControlConfig, file: string): Promise<void> {
  return runService({
    name: "control-flor",
    version,
    instance: newInstance(),
    config,
    file,
    load: loadControlConfig,
    parse: parseControlConfig,
    plan: planChanges,
    isUnchanged,
    judge: judgeControlFlor,
    metrics: CONTROL_METRICS,
    work: (log) => new Replica({ config, version, time, log }),
    stopping: "ends its connections",
    time,
  });
}
