import { openAdminServer, processStatus } from "@florenetes/process-kit";
import type { AdminServer, Logger } from "@florenetes/process-kit";
import type { LinkFlorStatus } from "./link-status.ts";

export interface LinkAdminOptions {
  /** Of the admin socket. */
  readonly path: string;
  /** Gathers what the rooms say of themselves at this moment. */
  readonly status: () => Omit<LinkFlorStatus, "process">;
  readonly log: Logger;
}

/**
 * Opens the admin socket; `GET /status` answers with a LinkFlorStatus.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export function openLinkAdmin({ path, status, log }: LinkAdminOptions): Promise<AdminServer> {
  return openAdminServer({
    path,
    routes: { "/status": (): LinkFlorStatus => ({ ...status(), process: processStatus() }) },
    onError: (route, error) => log.error({ code: "ADMIN_ROUTE_FAILED", route, err: error }, "an admin answer failed"),
  });
}
