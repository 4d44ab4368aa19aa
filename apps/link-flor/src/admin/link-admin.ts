import { metricsRoute, openAdminServer, processStatus } from "@florenetes/process-kit";
import type { AdminServer, Logger } from "@florenetes/process-kit";
import { LINK_METRICS } from "./link-metrics.ts";
import { judgeLinkFlor } from "./judge-status.ts";
import type { LinkFlorStatus, RoomsStatus } from "./link-status.ts";

export interface LinkAdminOptions {
  /** Path of the admin socket. */
  readonly path: string;
  /** Gathers what the rooms say of themselves at this moment. */
  readonly status: () => Promise<RoomsStatus>;
  readonly log: Logger;
}

/**
 * Opens the admin socket; `GET /status` answers with a LinkFlorStatus, `GET /metrics` with what of it can be measured.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openLinkAdmin({ path, status, log }: LinkAdminOptions): Promise<AdminServer> {
  const ask = async (): Promise<LinkFlorStatus> => {
    const found = { ...(await status()), process: processStatus() };
    return { ...found, findings: judgeLinkFlor(found) };
  };
  return openAdminServer({
    path,
    routes: { "/status": ask, "/metrics": await metricsRoute(LINK_METRICS, ask) },
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
}
