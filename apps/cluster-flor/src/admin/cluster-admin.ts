import { metricsRoute, openAdminServer, processStatus } from "@florenetes/process-kit";
import type { AdminServer, Logger } from "@florenetes/process-kit";
import { CLUSTER_METRICS } from "./cluster-metrics.ts";
import type { ClusterStatus } from "./cluster-status.ts";

export interface ClusterAdminOptions {
  /** The path of the admin socket. */
  readonly path: string;
  /** Gathers what the rooms say of themselves at this moment. */
  readonly status: () => Promise<Omit<ClusterStatus, "process">>;
  readonly log: Logger;
}

/**
 * Opens the admin socket; `GET /status` answers with a ClusterStatus, `GET /metrics` with what of it can be measured;
 * `POST /log-level/<room>/<level>` sets a level of the log.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openClusterAdmin({ path, status, log }: ClusterAdminOptions): Promise<AdminServer> {
  const ask = async (): Promise<ClusterStatus> => ({ ...(await status()), process: processStatus() });
  return openAdminServer({
    path,
    routes: { "/status": ask, "/metrics": await metricsRoute(CLUSTER_METRICS, ask) },
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
}
