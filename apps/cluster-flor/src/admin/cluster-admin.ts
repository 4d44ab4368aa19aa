import {
  type AdminOrder,
  openStatusSocket,
  type StatusSocket,
  type StatusSocketOptions,
} from "@florenetes/process-kit";
import { CLUSTER_METRICS } from "./cluster-metrics.ts";
import type { TraceReport } from "../trace/trace-report.ts";
import type { TraceRequest } from "../trace/traces.ts";
import type { RoomsStatus } from "./cluster-status.ts";
import { judgeCluster } from "./judge-status.ts";

export interface ClusterAdminOptions extends Pick<StatusSocketOptions<RoomsStatus>, "path" | "status" | "log"> {
  /** Traces a path, or the path of a tunnel. Throws OperatorError. */
  readonly trace: (request: TraceRequest) => Promise<TraceReport>;
}

/**
 * Opens the admin socket: `GET /status` answers with a ClusterStatus, `GET /metrics` with its metrics; `POST
 * /trace?target=…` traces a path, and answers with a TraceReport.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export function openClusterAdmin({ trace, ...options }: ClusterAdminOptions): Promise<StatusSocket> {
  const actions = { "/trace": ({ query }: AdminOrder) => trace(traceRequestOf(query)) };
  return openStatusSocket({ ...options, judge: judgeCluster, metrics: CLUSTER_METRICS, actions });
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
