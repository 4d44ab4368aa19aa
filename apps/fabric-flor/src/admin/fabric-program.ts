import { runVertexProgram } from "@florenetes/process-kit";
import { checkFabricFlor } from "../config/check.ts";
import type { FabricConfig } from "../config/fabric-config.ts";
import { loadFabricConfig } from "../config/fabric-config-file.ts";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { NODE_COMMAND } from "./node-command.ts";
import { renderFabricFlorStatus } from "./render-status.ts";

/** The command line of fabric-flor; `run` gets the checked config and the path of its file, and gives the exit code. */
export function runFabricProgram(
  version: string,
  run: (config: FabricConfig, file: string) => Promise<number | void>,
): void {
  runVertexProgram<FabricConfig>({
    name: "fabric-flor",
    description:
      "The control agent: holds signed records, passes them on, and tells its cluster vertex what follows from them",
    version,
    load: loadFabricConfig,
    check: (config) => checkFabricFlor(config),
    run,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-fabric-*/admin.sock",
    questions: [NODE_COMMAND],
    renderStatus: (status, width) => renderFabricFlorStatus(status as FabricFlorStatus, width),
  });
}
