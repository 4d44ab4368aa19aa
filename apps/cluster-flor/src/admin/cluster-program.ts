import { runVertexProgram } from "@florenetes/process-kit";
import { checkCluster } from "../config/check.ts";
import { LOG_ROOMS } from "../config/log-levels.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { loadClusterConfig } from "../config/cluster-config-file.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import { renderClusterStatus } from "./render-status.ts";
import { TRACE_COMMANDS } from "./trace-commands.ts";

/** Runs the command line of cluster-flor; `run` gets the checked config and the path of its file, and returns the exit code. */
export function runClusterProgram(
  version: string,
  run: (config: ClusterConfig, file: string) => Promise<number | void>,
): void {
  runVertexProgram<ClusterConfig>({
    name: "cluster-flor",
    description: "The cluster vertex: carries workload connections end to end over paths of links",
    version,
    load: loadClusterConfig,
    check: checkCluster,
    run,
    logRooms: LOG_ROOMS,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-cluster-*/admin.sock",
    renderStatus: (status, width) => renderClusterStatus(status as ClusterStatus, width),
    questions: TRACE_COMMANDS,
  });
}
