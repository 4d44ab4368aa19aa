import { metricsRoute, openAdminServer, processStatus } from "@florenetes/process-kit";
import type { AdminServer, Logger } from "@florenetes/process-kit";
import { CLUSTER_METRICS } from "./cluster-metrics.ts";
import type { TraceReport } from "../trace/trace-report.ts";
import type { TraceRequest } from "../trace/traces.ts";
import type { ClusterStatus, RoomsStatus } from "./cluster-status.ts";
import { judgeCluster } from "./judge-status.ts";

export interface ClusterAdminOptions {
  /** The path of the admin socket. */
  readonly path: string;
  /** Gathers what the rooms say of themselves at this moment. */
  readonly status: () => Promise<RoomsStatus>;
  /** Follows a path, or the one of a tunnel. Throws OperatorError. */
  readonly trace: (request: TraceRequest) => Promise<TraceReport>;
  readonly log: Logger;
}

/**
 * Opens the admin socket; `GET /status` answers with a ClusterStatus, `GET /metrics` with what of it can be measured;
 * `POST /trace?target=…` follows a path, and answers with a TraceReport.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openClusterAdmin({ path, status, trace, log }: ClusterAdminOptions): Promise<AdminServer> {
  const ask = async (): Promise<ClusterStatus> => {
    const found = { ...(await status()), process: processStatus() };
    return { ...found, findings: judgeCluster(found) };
  };
  return openAdminServer({
    path,
    routes: { "/status": ask, "/metrics": await metricsRoute(CLUSTER_METRICS, ask) },
    actions: { "/trace": ({ query }) => trace(traceRequestOf(query)) },
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
}

/** Reads `target`, `rounds` and `ping` of a request. */
function traceRequestOf(query: URLSearchParams): TraceRequest {
  const rounds = Number(query.get("rounds") ?? Number.NaN);
  return {
    target: query.get("target") ?? "",
    rounds: Number.isInteger(rounds) ? rounds : undefined,
    isPing: query.has("ping"),
  };
}
