import { openStatusSocket, type StatusSocket, type StatusSocketOptions } from "@florenetes/process-kit";
import { LINK_METRICS } from "./link-metrics.ts";
import { judgeLinkFlor } from "./judge-status.ts";
import type { RoomsStatus } from "./link-status.ts";

export type LinkAdminOptions = Pick<StatusSocketOptions<RoomsStatus>, "path" | "status" | "log">;

/**
 * Opens the admin socket. `GET /status` answers with a LinkFlorStatus, `GET /metrics` with its figures for Prometheus.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export function openLinkAdmin(options: LinkAdminOptions): Promise<StatusSocket> {
  return openStatusSocket({ ...options, judge: judgeLinkFlor, metrics: LINK_METRICS });
}
