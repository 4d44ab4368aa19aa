import { openStatusSocket, type StatusSocket, type StatusSocketOptions } from "@florenetes/process-kit";
import { FABRIC_METRICS } from "./fabric-metrics.ts";
import type { RoomsStatus } from "./fabric-status.ts";
import { judgeFabricFlor } from "./judge-status.ts";

export type FabricAdminOptions = Pick<
  StatusSocketOptions<RoomsStatus>,
  "path" | "status" | "routes" | "actions" | "refuseChange" | "log"
>;

/**
 * Opens the admin socket. `GET /status` answers with a FabricFlorStatus, `GET /metrics` with its figures for Prometheus, and the
 * `routes` and `actions` of the control API with what they say.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export function openFabricAdmin(options: FabricAdminOptions): Promise<StatusSocket> {
  return openStatusSocket({ ...options, judge: judgeFabricFlor, metrics: FABRIC_METRICS });
}
