import {
  type AdminAction,
  type AdminRoute,
  type AdminServer,
  type AdminServerOptions,
  openAdminServer,
} from "../admin/admin-server.ts";
import type { AdminText } from "../admin/admin-text.ts";
import type { StatusFinding } from "../admin/status-finding.ts";
import type { Logger } from "../logs/logger.ts";
import { type ProcessStatus, processStatus } from "../process/process-status.ts";
import { type Metric, metricsRoute } from "./metrics.ts";

/** The status of a program's rooms, with that of the process. */
type Judged<Rooms> = Rooms & { readonly process: ProcessStatus };

export interface StatusSocketOptions<Rooms> {
  /** Path of the admin socket. */
  readonly path: string;
  /** Gathers the present status of the rooms. */
  readonly status: () => Promise<Rooms>;
  /** Finds what is wrong in a status. Pure. */
  readonly judge: (status: Judged<Rooms>) => readonly StatusFinding[];
  readonly metrics: readonly Metric<Judged<Rooms> & { readonly findings: readonly StatusFinding[] }>[];
  /** Further questions that the program answers. */
  readonly routes?: Readonly<Record<string, AdminRoute>> | undefined;
  readonly actions?: Readonly<Record<string, AdminAction>>;
  readonly refuseChange?: AdminServerOptions["refuseChange"];
  readonly log: Logger;
}

export interface StatusSocket extends AdminServer {
  /** Tells the metrics as `GET /metrics` does. */
  readonly tellMetrics: () => Promise<AdminText>;
}

/**
 * Opens the admin socket of a program: `GET /status` answers with its status and findings, `GET /metrics` with its metrics.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openStatusSocket<Rooms>(options: StatusSocketOptions<Rooms>): Promise<StatusSocket> {
  const { path, status, judge, metrics, routes = {}, actions = {}, refuseChange, log } = options;
  const ask = async (): Promise<Judged<Rooms> & { readonly findings: readonly StatusFinding[] }> => {
    const found = { ...(await status()), process: processStatus() };
    return { ...found, findings: judge(found) };
  };
  const tellMetrics = metricsRoute(metrics, ask);
  const server = await openAdminServer({
    path,
    routes: { ...routes, "/status": ask, "/metrics": tellMetrics },
    actions,
    refuseChange,
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
  return { ...server, tellMetrics };
}
