import { type AdminAction, type AdminServer, openAdminServer } from "../admin/admin-server.ts";
import type { StatusFinding } from "../admin/status-finding.ts";
import type { Logger } from "../logs/logger.ts";
import { type ProcessStatus, processStatus } from "../process/process-status.ts";
import { type Metric, metricsRoute } from "./metrics.ts";

/** Status of a program's rooms, with the process's. */
type Judged<Rooms> = Rooms & { readonly process: ProcessStatus };

export interface StatusSocketOptions<Rooms> {
  /** Path of the admin socket. */
  readonly path: string;
  /** Gathers what the rooms say of themselves at this moment. */
  readonly status: () => Promise<Rooms>;
  /** Says what of it is not as it should be. Pure. */
  readonly judge: (status: Judged<Rooms>) => readonly StatusFinding[];
  readonly metrics: readonly Metric<Judged<Rooms> & { readonly findings: readonly StatusFinding[] }>[];
  readonly actions?: Readonly<Record<string, AdminAction>>;
  readonly log: Logger;
}

/**
 * Opens the admin socket of a program; `GET /status` answers with its status and what is found of it, `GET /metrics` with what of that can
 * be measured.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openStatusSocket<Rooms>(options: StatusSocketOptions<Rooms>): Promise<AdminServer> {
  const { path, status, judge, metrics, actions = {}, log } = options;
  const ask = async (): Promise<Judged<Rooms> & { readonly findings: readonly StatusFinding[] }> => {
    const found = { ...(await status()), process: processStatus() };
    return { ...found, findings: judge(found) };
  };
  return openAdminServer({
    path,
    routes: { "/status": ask, "/metrics": await metricsRoute(metrics, ask) },
    actions,
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
}
